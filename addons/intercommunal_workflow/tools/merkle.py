"""One hash for a list of hashes, and the proof that one of them is in the list.

The tree of RFC 6962 (Certificate Transparency): a leaf is SHA-256(00 ‖ hash), a node is
SHA-256(01 ‖ left ‖ right), and the left part of ``n`` leaves holds the largest power of
two below ``n``.

>>> a, b, c = (sha256(name.encode()).hexdigest() for name in "abc")
>>> get_root([a, b, c]) == climb(b, get_path([a, b, c], 1))
True
>>> get_root([a, b, c]) == climb(a, get_path([a, b, c], 1))
False
>>> get_root([]) == sha256(b"").hexdigest()
True
"""

from hashlib import sha256


def _leaf(text):
    return sha256(b"\x00" + bytes.fromhex(text)).digest()


def _node(left, right):
    return sha256(b"\x01" + left + right).digest()


def get_root(hashes):
    """The root over ``hashes``, an iterable of hexadecimal texts.

    One pass, holding only the roots of the complete subtrees so far.

    :raises ValueError: one of them is no hexadecimal text
    """
    stack = []  # (height, hash): ever smaller complete trees
    for text in hashes:
        height, right = 0, _leaf(text)
        while stack and stack[-1][0] == height:
            right = _node(stack.pop()[1], right)
            height += 1
        stack.append((height, right))
    if not stack:
        return sha256(b"").hexdigest()
    _height, root = stack.pop()
    while stack:
        root = _node(stack.pop()[1], root)
    return root.hex()


def get_path(hashes, position):
    """What leads from the hash at ``position`` of the list to its root.

    :param list hashes: hexadecimal texts
    :return: list of ``[side, hash]``, from the leaf up; ``side`` says where that hash
        stands: "left" or "right"
    """
    path = []
    level = [_leaf(text) for text in hashes]
    while len(level) > 1:
        other = position ^ 1
        if other < len(level):
            side = "left" if other < position else "right"
            path.append([side, level[other].hex()])
        # the last of an odd level goes up as it is: the same tree as the RFC's
        pairs = [_node(*level[i : i + 2]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) - len(level) % 2 :]
        position //= 2
    return path


def climb(text, path):
    """The root that ``path`` leads to from one hash."""
    value = _leaf(text)
    for side, other in path:
        other = bytes.fromhex(other)
        value = _node(other, value) if side == "left" else _node(value, other)
    return value.hex()
