"""The late-interaction encoder, and MaxSim of its stored vectors, in both stores."""

import numpy as np
import pytest
from small_documents import STORES, document

from chiasm import Item
from chiasm.errors import ConfigError, ModelUnavailable
from chiasm_plugins.encoders.late_interaction import LateInteractionEncoder
from chiasm_plugins.encoders.late_interaction_params import LateInteractionParams

TEXTS = {
    "rain": "the dog runs in the rain",
    "ship": "a ship sails, on the sea!",
    "cat": "the cat sleeps under the red sun",
    "bird": "a red bird flies in the sun",
    "dog": "a dog",
}


@pytest.fixture(scope="session")
def encoder_of():
    made = {}

    def encoder(folder, **params):
        key = (folder, *params.items())
        if key not in made:
            made[key] = LateInteractionEncoder(LateInteractionParams(model=str(folder), dtype="float32", **params))
            made[key].load()
        return made[key]

    return encoder


def max_sim(query, text):
    return float((query @ text.T).max(axis=1).sum())


def test_a_plain_transformer_gives_its_token_vectors(plain_transformer, encoder_of):
    import torch
    from transformers import AutoModel, AutoTokenizer

    encoder = encoder_of(plain_transformer)
    tokenizer, model = AutoTokenizer.from_pretrained(plain_transformer), AutoModel.from_pretrained(plain_transformer)
    vectors = encoder.encode([Item.of_text(text) for text in TEXTS.values()])
    for text, given in zip(TEXTS.values(), vectors, strict=True):
        with torch.no_grad():
            expected = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        expected = torch.nn.functional.normalize(expected, dim=-1).numpy()
        np.testing.assert_allclose(given, expected, atol=1e-5)
    assert encoder.space.kind == "multi" and encoder.space.dim == 32


def test_a_colbert_projects_marks_fills_up_and_skips_punctuation(colbert, encoder_of):
    import torch
    from safetensors.torch import load_file
    from transformers import AutoTokenizer, BertModel

    encoder = encoder_of(colbert, query_length=12)
    assert encoder.space.dim == 8 and "[unused0]" in encoder.space.prompt
    weights = load_file(colbert / "model.safetensors")
    model = BertModel.from_pretrained(colbert, add_pooling_layer=False)
    tokenizer = AutoTokenizer.from_pretrained(colbert)
    number = tokenizer.convert_tokens_to_ids

    def by_hand(ids, attended, kept):
        with torch.no_grad():
            hidden = model(input_ids=torch.tensor([ids]), attention_mask=torch.tensor([attended])).last_hidden_state[0]
            return torch.nn.functional.normalize(hidden @ weights["linear.weight"].T, dim=-1).numpy()[kept]

    text = TEXTS["ship"]
    own = tokenizer(text)["input_ids"]
    ids = [own[0], number("[unused1]"), *own[1:]]
    kept = [each not in (number(","), number("!")) for each in ids]
    (given,) = encoder.encode([Item.of_text(text)])
    np.testing.assert_allclose(given, by_hand(ids, [1] * len(ids), kept), atol=1e-5)
    assert len(given) == len(ids) - 2

    own = tokenizer("a dog")["input_ids"]
    ids = [own[0], number("[unused0]"), *own[1:]]
    filled = ids + [number("[MASK]")] * (12 - len(ids))
    (query,) = encoder.encode([Item.of_text("a dog")], "query")
    attended = [1] * len(ids) + [0] * (12 - len(ids))
    np.testing.assert_allclose(query, by_hand(filled, attended, [True] * 12), atol=1e-5)


def test_a_pylate_model_is_read_by_its_own_settings(pylate, encoder_of):
    encoder = encoder_of(pylate)
    (query,) = encoder.encode([Item.of_text("a dog")], "query")
    assert query.shape == (5, 6)  # [CLS] marker a dog [SEP]
    np.testing.assert_allclose(np.linalg.norm(query, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors_and_batches_change_nothing(plain_transformer, encoder_of):
    encoder = encoder_of(plain_transformer)
    assert encoder.encode([]) == []
    items = [Item.of_text(text) for text in TEXTS.values()]
    for alone, together in zip((encoder.encode([item])[0] for item in items), encoder.encode(items), strict=True):
        np.testing.assert_allclose(alone, together, atol=1e-5)


def test_a_wrong_dimension_or_marker_is_refused(colbert, plain_transformer):
    with pytest.raises(ModelUnavailable, match=r"8 dimensions a token, not 16.*dim: 8"):
        LateInteractionEncoder(LateInteractionParams(model=str(colbert), dim=16)).load()
    with pytest.raises(ModelUnavailable, match="no token '<q>'"):
        LateInteractionEncoder(LateInteractionParams(model=str(plain_transformer), query_marker="<q>")).load()


YAML = """
components:
  words: {{use: letters}}
  tokens: {{use: late-interaction, params: {{model: "{model}", dtype: float32}}}}
index:
  - {{encode: text, with: words}}
  - {{encode: text, with: tokens}}
"""


@pytest.mark.parametrize("store", STORES)
def test_stored_token_vectors_rerank_by_max_sim_in_the_store(make_library, colbert, encoder_of, store):
    yaml = YAML.format(model=colbert) + "search: {rerank: [tokens], candidates: 4}"
    library = make_library(yaml, [document(name, text) for name, text in TEXTS.items()], store)
    hits = library.search("the red dog", limit=4)
    assert [leg.name for leg in hits.explain.legs] == ["text:words"]
    encoder = encoder_of(colbert)
    (query,) = encoder.encode([Item.of_text("the red dog")], "query")
    stored = dict(zip(TEXTS, encoder.encode([Item.of_text(text) for text in TEXTS.values()]), strict=True))
    expected = {hit.id: max_sim(query, stored[hit.id]) for hit in hits}
    assert {hit.id: hit.score for hit in hits} == pytest.approx(expected, abs=1e-3)
    assert [hit.id for hit in hits] == sorted(expected, key=expected.get, reverse=True)
    assert {hit.id for hit in hits} == {hit.id for hit in library.search("the red dog", rerank=False, limit=4)}


@pytest.mark.parametrize("store", STORES)
def test_token_vectors_are_a_leg_where_they_do_not_rerank(make_library, plain_transformer, encoder_of, store):
    library = make_library(
        YAML.format(model=plain_transformer), [document(name, text) for name, text in TEXTS.items()], store
    )
    hits = library.search("a red bird flies in the sun")
    assert [leg.name for leg in hits.explain.legs] == ["text:words", "text:tokens"]
    assert hits[0].id == "bird"
    alike = library.recommend("bird", limit=2)
    assert {leg.name for leg in alike.explain.legs} == {"like:words", "like:tokens"}
    assert library.search("a dog", exclude="rain").explain.legs[1].without == ()


def test_an_encoder_that_reranks_needs_stored_vectors(registry, tmp_path, plain_transformer):
    from chiasm import Pipeline

    yaml = YAML.format(model=plain_transformer).replace("  - {encode: text, with: tokens}\n", "")
    with pytest.raises(ConfigError, match="no step encodes with it"):
        Pipeline.from_yaml(yaml + "search: {rerank: [tokens]}", store=tmp_path, registry=registry)
