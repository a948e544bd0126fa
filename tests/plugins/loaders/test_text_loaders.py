"""Texts: any encoding, Markdown, HTML and PDF become what a reader sees; bad ones are told."""

# ruff: noqa: RUF001 - texts of many scripts are what this is about

import contextlib
import zlib
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter

from chiasm.contracts import LoaderParams
from chiasm.errors import MediaTooLarge, UnreadableMedia, UnsupportedMedia
from chiasm.media import Item, Limits, Source, Want
from chiasm_plugins.loaders.charset import decode_text
from chiasm_plugins.loaders.html import HtmlLoader, html_text
from chiasm_plugins.loaders.markdown import markdown_text
from chiasm_plugins.loaders.pdf import PdfLoader
from chiasm_plugins.loaders.text import TextLoader


def read(data: bytes, name="note.txt") -> str:
    return Item.from_bytes(data, name).text()


SENTENCES = [
    ("cp1252", "Le café était fermé, mais les élèves sont allés au château. Où êtes-vous passés l’été dernier ?"),
    ("cp1252", "Mañana iré al médico; después, ¿qué haré? La canción más bonita está aquí."),
    ("cp1252", "Perché non è più così? La città è già là, però la verità è un’altra."),
    ("cp1250", "Zażółć gęślą jaźń. Wczoraj byłem w Łodzi i kupiłem świeże bułki oraz kawę."),
    ("latin-1", "Ån går genom skogen och älgen står på en ö i sjön. Det är vackert här."),
    ("latin-1", "A organização não tem condições de continuar até amanhã, disse o presidente."),
    ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy. Včera jsme šli přes most na druhou stranu řeky."),
    ("cp1254", "Dün parka gittik ve büyük bir köpek gördük. Çok güzeldi, ağaçların altında oturduk."),
    ("cp1251", "Вчера мы ходили в парк и видели большую собаку, которая играла с мячом."),
    ("koi8-r", "Вчера мы ходили в парк и видели большую собаку, которая играла с мячом."),
    ("cp1253", "Χθες πήγαμε στο πάρκο και είδαμε έναν μεγάλο σκύλο που έπαιζε με μια μπάλα."),
    ("shift_jis", "昨日、公園に行って大きな犬がボールで遊んでいるのを見ました。"),
    ("gb18030", "昨天我们去了公园，看到一只大狗在玩球。天气非常好，我们玩得很开心。"),
    ("euc_kr", "어제 우리는 공원에 가서 큰 개가 공을 가지고 노는 것을 보았습니다."),
]


@pytest.mark.parametrize(("encoding", "sentence"), SENTENCES)
@pytest.mark.parametrize("times", [1, 50])
def test_legacy_encodings_are_found(encoding, sentence, times):
    assert read((sentence * times).encode(encoding)) == sentence * times


@pytest.mark.parametrize("word", ["café", "Größe 5 cm", "El niño", "naïve résumé", "£5 – ok", "Ærø og Ål", "“quoted”"])
def test_single_words_count_as_western_european(word):
    assert read(word.encode("cp1252")) == word


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_with_and_without_byte_order_mark(encoding):
    text = "A note, déjà vu: 犬 \U0001f600 and enough of plain words around it."
    assert read(text.encode(encoding)) == text


def test_a_damaged_byte_does_not_turn_utf8_into_something_else():
    data = bytearray("Müde Hunde schlafen, während es draußen über den Dächern stürmt.".encode())
    data[1] = 0xFF
    assert decode_text(bytes(data)).endswith("während es draußen über den Dächern stürmt.")


def test_nuls_become_spaces_and_line_ends_one_kind():
    assert read(b"one\0two\r\nthree\rfour, and some more words") == "one two\nthree\nfour, and some more words"


def test_text_with_nuls_counts_as_text_only_where_its_name_says_so():
    assert read(b"log line one\0\0\0log line two", "server.log").split() == ["log", "line", "one", "log", "line", "two"]
    with pytest.raises(UnsupportedMedia):
        read(b"log line one\0\0\0log line two", "server.bin")


@pytest.mark.parametrize("data", [b"", b" \n\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
def test_empty_texts_are_refused(data):
    with pytest.raises(UnreadableMedia):
        read(data)


def test_fifty_megabytes_are_refused_by_default_and_read_where_allowed(tmp_path):
    path = tmp_path / "long.txt"
    path.write_bytes("Größere Texte dauern länger. ".encode("latin-1") * 1_750_000)
    assert path.stat().st_size > 50_000_000
    with pytest.raises(MediaTooLarge, match="bytes are over the limit"):
        Item.from_path(path).text()
    text = TextLoader(LoaderParams(limits=Limits(max_text_bytes=60_000_000))).decode(Source(path=path), Want())
    assert text.startswith("Größere") and len(text) == path.stat().st_size


def test_markdown_comes_without_its_marks():
    page = '# A *dog*\n\nSome **bold** [words](http://a.b "t") and `code`.\n\n- one\n- two ![a cat](c.png)\n\n' + (
        "| x | y |\n|---|---|\n| 1 | 2 |\n\n```py\nprint(1)\n```\n\n<div>in <b>HTML</b></div>\n\n&copy; Setext\n===\n"
    )
    assert read(page.encode(), "page.md").split("\n\n") == [
        "A dog",
        "Some bold words and code.",
        "one",
        "two a cat",
        "x",
        "y",
        "1",
        "2",
        "print(1)",
        "in HTML",
        "© Setext",
    ]


def test_the_same_bytes_named_txt_stay_as_they_are():
    assert read(b"# A *dog* in plain text", "page.txt") == "# A *dog* in plain text"


def test_long_markdown_is_read_in_parts_without_loss():
    page = "".join(f"Paragraph *number* {n}.\n\n" for n in range(40_000))
    assert markdown_text(page).split("\n\n") == [f"Paragraph number {n}." for n in range(40_000)]


def test_html_shows_what_a_reader_sees():
    page = (
        "<!doctype html><html><head><title>Rain</title><style>p{}</style></head><body><nav>Home</nav>"
        "<h1>A <em>dog</em></h1><p>in   the\nrain<br>&amp; snow</p><script>var x = '<p>no</p>'</script>"
        "<!-- no --><img alt='a cat' src=x><table><tr><td>1<td>2</table><template>no</template></body></html>"
    )
    assert read(page.encode(), "x.html").split("\n") == [
        "Rain",
        "Home",
        "A dog",
        "in the rain",
        "& snow",
        "a cat",
        "1",
        "2",
    ]


def test_html_is_known_by_its_content_too():
    assert read(b"  <!DOCTYPE html><title>T</title><p>words", "page") == "T\nwords"


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("windows-1251", "cp1251"), ("shift_jis", "shift_jis"), ("iso-8859-1", "cp1252"), ("utf-8", "utf-8")],
)
def test_html_is_decoded_as_it_declares(declared, encoding):
    text = {"cp1251": "собака", "shift_jis": "犬が", "cp1252": "“naïve”", "utf-8": "naïve 犬"}[encoding]
    page = f"<html><head><meta charset={declared}></head><body><p>{text}</p></body></html>"
    assert read(page.encode(encoding), "x.html") == text


@pytest.mark.parametrize("declared", ["utf-8", "no-such-encoding", "utf-16"])
def test_html_that_declares_what_it_is_not_is_decoded_by_its_bytes(declared):
    page = f"<html><head><meta charset={declared}></head><body><p>caf\xe9 au lait</p></body></html>"
    assert read(page.encode("latin-1"), "x.html") == "café au lait"


def test_html_nested_without_end_and_markup_made_to_be_slow_are_read():
    deep = "<div>" * 100_000 + "deep" + "</div>" * 100_000 + "<p>after</p>"
    assert html_text(deep) == "deep\nafter"
    for trap in ("<a " * 300_000, "<!--" * 300_000, "<!" * 300_000, "<a b='" * 100_000, "&" * 500_000, "<" * 500_000):
        html_text("<p>x</p>" + trap)


def test_a_page_without_text_is_refused():
    with pytest.raises(UnreadableMedia, match="shows no text"):
        HtmlLoader(LoaderParams()).decode(Source(data=b"<html><script>x()</script></html>"), Want())


def pdf(*pages: bytes, compress=True, extra=b"") -> bytes:
    """A PDF whose pages have the given content streams."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % len(pages),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for at, content in enumerate(pages):
        stream = zlib.compress(content, 9) if compress else content
        packed = b"/Filter/FlateDecode" if compress else b""
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>"
            % (5 + 2 * at),
            b"<<" + packed + b"/Length %d>>\nstream\n" % len(stream) + stream + b"\nendstream",
        ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table
    return out + b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, extra, start)


def line(text: str) -> bytes:
    return b"BT /F 12 Tf 72 700 Td (" + text.encode("cp1252") + b") Tj ET"


def load_pdf(data: bytes, **limits) -> str:
    return PdfLoader(LoaderParams(limits=Limits(**limits))).decode(Source(data=data, name="paper"), Want())


def test_pdf_gives_the_text_of_its_pages():
    data = pdf(line("A dog in the rain."), line("Café crème."))
    assert read(data, "paper.jpg") == "A dog in the rain.\n\nCafé crème."


def test_a_pdf_of_pictures_says_that_it_may_be_scanned():
    with pytest.raises(UnreadableMedia, match="scanned"):
        load_pdf(pdf(b"0 0 100 100 re f"))


def test_a_pdf_with_a_password_says_so():
    def locked(password):
        writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf(line("secret")))))
        writer.encrypt(password, "owner", algorithm="RC4-128")
        out = BytesIO()
        writer.write(out)
        return out.getvalue()

    assert load_pdf(locked("")) == "secret"
    with pytest.raises(UnreadableMedia, match="password"):
        load_pdf(locked("user"))


@pytest.mark.parametrize("kept", [0.1, 0.6])
def test_truncated_pdf_is_refused_or_read_as_far_as_it_goes(kept):
    data = pdf(line("A dog."), line("Another."))
    with contextlib.suppress(UnreadableMedia):
        assert "A dog." in load_pdf(data[: int(len(data) * kept)])


def test_a_pdf_stream_that_unfolds_beyond_measure_is_refused():
    with pytest.raises(MediaTooLarge, match="unfolds beyond measure"):
        load_pdf(pdf(b" " * 300_000_000))


def test_a_pdf_of_more_text_or_pages_than_the_limit_is_refused():
    with pytest.raises(MediaTooLarge, match="characters"):
        load_pdf(pdf(*[line("word " * 400)] * 20), max_text_bytes=30_000)
    with pytest.raises(MediaTooLarge, match="pages"):
        load_pdf(pdf(*[b""] * 10_001))


def test_a_pdf_is_quiet_about_its_oddities(capfd):
    load_pdf(pdf(line("A dog.")).replace(b"startxref\n", b"startxref\n9"))
    assert capfd.readouterr().err == ""
