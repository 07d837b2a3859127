"""The words of an e-mail, and those of a reply without what it quotes."""

import re

from lxml import etree, html

from odoo.tools import html2plaintext, html_sanitize

# Mail readers begin a line with these; core's conversion to text does not.
_BLOCKS = ("div", "p", "li", "tr", "blockquote", "h1", "h2", "h3")
# What mail readers write above the message that they quote, where core's sanitizer
# (`odoo.tools.mail.tag_quote`) marks the quotation alone.
_INTRODUCTIONS = re.compile(
    r"^[ \t]*(?:"
    r"Le\b[^\n]{4,200}(?:\n[^\n]{1,200})?\ba écrit\s*:"
    r"|On\b[^\n]{4,200}(?:\n[^\n]{1,200})?\bwrote\s*:"
    r"|-{2,}\s*(?:Message d['’]origine|Original Message)\s*-{2,}"
    r"|_{20,}"
    r"|\*?De\s?:\*?[^\n]*(?:\n[^\n]*)?\n+[ \t]*\*?(?:Envoyé|Date)\s?:"
    r"|\*?From:\*?[^\n]*(?:\n[^\n]*)?\n+[ \t]*\*?(?:Sent|Date):"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
# Below the mark of a signature; what is longer may be a message that is passed on.
_SIGNATURE = re.compile(r"\s*--[ \xa0]*\n")
_SIGNATURE_LINES = 10


def to_text(body):
    """The words of an e-mail without its signature, paragraphs on lines of their own.

    :param str body: HTML as core parsed it
    """
    tree = _parse(body)
    if tree is None:
        return ""
    everything = _tell(tree)
    for quoted in tree.xpath(".//*[@data-o-mail-quote]"):
        words = quoted.text_content()
        if _SIGNATURE.match(words) and words.count("\n") <= _SIGNATURE_LINES:
            quoted.drop_tree()
    return _tell(tree) or everything


def read_reply(body):
    """The words that somebody wrote above the message they reply to.

    :param str body: HTML as core parsed it
    :return: text, "" when nothing was written
    """
    tree = _parse(body)
    if tree is None:
        return ""
    for quoted in tree.xpath(".//*[@data-o-mail-quote]"):
        quoted.drop_tree()
    text = _tell(tree)
    introduction = _INTRODUCTIONS.search(text)
    return (text[: introduction.start()] if introduction else text).strip()


def _parse(body):
    # core's sanitizer marks quotations and signatures of the usual mail readers
    clean = html_sanitize(str(body or ""), strip_classes=False)
    if not clean or not clean.strip():
        return None
    return html.fragment_fromstring(clean, create_parent="div")


def _tell(tree):
    for block in list(tree.iterdescendants(*_BLOCKS)):
        block.addnext(etree.Element("br"))
    text = html2plaintext(html.tostring(tree, encoding="unicode"))
    return re.sub(r"\n{3,}", "\n\n", text.replace("\xa0", " ")).strip()
