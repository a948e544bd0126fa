"""The cross-encoder reranker scores as sentence-transformers does, alone and through a pipeline."""

import numpy as np
import pytest

from chiasm import Document, Item, Pipeline
from chiasm.contracts import Candidate
from chiasm.errors import ConfigError, ModelUnavailable
from chiasm_plugins.rerankers.cross_encoder import CrossEncoderReranker
from chiasm_plugins.rerankers.cross_encoder_params import CrossEncoderParams

TEXTS = ["the dog runs in the rain", "a ship sails on the sea", "the cat sleeps", "a red bird flies in the sun"]


def candidates(texts):
    return [Candidate(f"d{rank}", rank, 1 / rank, "text", text=text) for rank, text in enumerate(texts, 1)]


@pytest.fixture(scope="module")
def reranker(make_cross_encoder):
    reranker = CrossEncoderReranker(CrossEncoderParams(model=str(make_cross_encoder()), dtype="float32"))
    reranker.load()
    yield reranker
    reranker.close()


def test_scores_are_those_of_the_library(reranker):
    from sentence_transformers import CrossEncoder

    reference = CrossEncoder(reranker.params.model, device="cpu")
    expected = reference.predict([("a dog", text) for text in TEXTS], show_progress_bar=False)
    scores = reranker.score([Item.of_text("a dog")], candidates(TEXTS))
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    assert len(set(scores.round(3))) == len(TEXTS)


def test_a_candidate_without_text_is_not_scored(reranker):
    scores = reranker.score([Item.of_text("a dog")], candidates([TEXTS[0], "  ", TEXTS[1]]))
    assert np.isnan(scores).tolist() == [False, True, False]
    assert np.isnan(reranker.score([Item.of_text("a dog")], candidates([""]))).all()


def test_a_model_of_several_labels_is_refused(make_cross_encoder):
    reranker = CrossEncoderReranker(CrossEncoderParams(model=str(make_cross_encoder(3))))
    with pytest.raises(ModelUnavailable, match="3 scores a pair"):
        reranker.load()


def test_pickled_weights_are_refused(make_cross_encoder, tmp_path):
    import shutil

    folder = shutil.copytree(make_cross_encoder(), tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    reranker = CrossEncoderReranker(CrossEncoderParams(model=str(folder)))
    with pytest.raises(ModelUnavailable, match="safetensors"):
        reranker.load()


def test_another_runtime_is_refused(make_cross_encoder):
    reranker = CrossEncoderReranker(CrossEncoderParams(model=str(make_cross_encoder()), runtime="openvino"))
    with pytest.raises(ConfigError, match="torch alone"):
        reranker.load()


def test_the_default_model_is_pinned_to_a_commit():
    (model,) = CrossEncoderReranker(CrossEncoderParams()).models()
    assert model.revision == "c5ee24cb16019beea0893ab7796b1df96625c6b8"


def test_a_pipeline_reranks_its_candidates(registry, make_cross_encoder, tmp_path):
    yaml = f"""
components:
  words: {{use: letters}}
  sight: {{use: shade}}
  careful: {{use: cross-encoder, params: {{model: "{make_cross_encoder()}", dtype: float32}}}}
index:
  - {{encode: text, with: words}}
  - {{encode: image, with: sight}}
search: {{rerank: [careful], candidates: 3}}
"""
    documents = [Document(text, {"text": [Item.of_text(text)]}) for text in TEXTS]
    documents.append(Document("picture", {"image": [Item.of_image(np.full((8, 8, 3), (255, 0, 0), np.uint8))]}))
    with Pipeline.from_yaml(yaml, store=tmp_path / "store", registry=registry) as library:
        library.index(documents)
        plain = library.search("dog rain", rerank=False)
        hits = library.search("dog rain", limit=3)
        assert {hit.id for hit in hits} == {hit.id for hit in plain[:3]}
        judged = [hit.judged[0].score for hit in hits]
        assert judged == sorted(judged, reverse=True) and [hit.score for hit in hits] == judged
        assert {each.rank_before for hit in hits for each in hit.judged} == {1, 2, 3}
        assert "careful: 3 of 3 documents scored" in str(hits.explain)
        by_looks = library.search(image=np.full((8, 8, 3), (255, 0, 0), np.uint8), limit=1)
        assert by_looks[0].id == "picture" and by_looks[0].judged == ()
        assert "it reads text, and the query has image" in str(by_looks.explain)
        everything = library.search("rrr", candidates=9)
        assert [hit.id for hit in everything].index("picture") == [
            hit.id for hit in library.search("rrr", candidates=9, rerank=False)
        ].index("picture")
        assert "reranked   by careful" in str(library.plan())
