"""Small coloured sketches that stand for photos.

`draw("road_hole")` gives a JPEG in base64. Each scene is drawn twice as big and reduced,
with a little grain, so that it reads as a picture on a phone.
"""

import base64
import io
import random
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = (480, 360)
SCALE = 2
W, H = SIZE[0] * SCALE, SIZE[1] * SCALE

SKY = ("#9cc3e6", "#e8f1f8")
DUSK = ("#1d2a4d", "#6b5b7b")
WALL = ("#efe6d3", "#ddcfb4")
TILES = ("#eef3f5", "#cfdde2")
GREEN = "#6a9a4b"
DARK_GREEN = "#3f6b33"
ASPHALT = "#6d7076"
STONE = "#b9a98c"
WOOD = "#8a5a33"
WATER = "#5aa7d6"
METAL = "#aeb6bd"


@lru_cache(maxsize=64)
def draw(scene):
    """Base64 of the JPEG of a scene, always the same for one name.

    :param str scene: a key of SCENES
    """
    painter, state = SCENES[scene]
    image = Image.new("RGB", (W, H))
    chance = random.Random(scene)  # noqa: S311  a drawing, no secret
    painter(image, ImageDraw.Draw(image), state, chance)
    image = image.filter(ImageFilter.GaussianBlur(1.2)).resize(
        SIZE, Image.Resampling.LANCZOS
    )
    grain = Image.effect_noise(SIZE, 28).convert("RGB")
    image = Image.blend(image, grain, 0.06)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=88)
    return base64.b64encode(stream.getvalue())


@lru_cache(maxsize=4)
def draw_logo(name):
    """Base64 of a PNG with two hills, a river and ``name``."""
    image = Image.new("RGBA", (720, 160), (255, 255, 255, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((8, 8, 152, 152), 26, fill="#2f6f8f")
    pen.polygon([(8, 110), (56, 48), (104, 110)], fill="#7cae5f")
    pen.polygon([(60, 110), (108, 62), (152, 110)], fill="#5d8f41")
    pen.line(
        [(14, 122), (48, 114), (84, 128), (116, 120), (146, 130)],
        fill="#e8f1f8",
        width=13,
        joint="curve",
    )
    try:
        font = ImageFont.load_default(size=54)
    except (TypeError, OSError):  # Pillow before 10.1, or without FreeType
        font = ImageFont.load_default()
    pen.text((182, 48), name, font=font, fill="#24566f")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


def _gradient(image, colors, top=0, bottom=H):
    column = Image.new("RGB", (1, 2))
    column.putdata([_rgb(color) for color in colors])
    image.paste(column.resize((W, bottom - top), Image.Resampling.BICUBIC), (0, top))


def _rgb(color):
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))


def _blob(pen, chance, center, radius, color, flat=1.0, points=14):
    """An uneven round shape: foliage, a puddle, a hole."""
    x, y = center
    box = [
        (
            x + radius * chance.uniform(0.8, 1.15) * cos,
            y + radius * flat * chance.uniform(0.8, 1.15) * sin,
        )
        for cos, sin in _circle(points)
    ]
    pen.polygon(box, fill=color)


def _circle(points):
    step = complex(0, 1) ** (4 / points)
    turn = complex(1, 0)
    for _point in range(points):
        yield turn.real, turn.imag
        turn *= step


def _landscape(image, pen, chance):
    _gradient(image, SKY, 0, H // 2)
    for x in range(-60, W, 170):
        _blob(pen, chance, (x, H * 0.5), 150, "#87a96f", 0.45)
    pen.rectangle((0, H * 0.5, W, H), fill=GREEN)


def _road(image, pen, state, chance):
    _landscape(image, pen, chance)
    pen.polygon(
        [(W * 0.42, H * 0.5), (W * 0.58, H * 0.5), (W * 1.02, H), (-W * 0.02, H)],
        fill=ASPHALT,
    )
    for k in range(4):
        y = H * (0.55 + 0.12 * k)
        half = 3 + 4 * k
        pen.polygon(
            [
                (W / 2 - half, y),
                (W / 2 + half, y),
                (W / 2 + half + 3, y + 32),
                (W / 2 - half - 3, y + 32),
            ],
            fill="#e9e7df",
        )
    {
        "hole": _hole,
        "patched": _patch,
        "branch": _branch,
        "sign_bent": _bent_sign,
        "sign": _straight_sign,
    }.get(state, lambda *_args: None)(pen, chance)


def _hole(pen, chance):
    _blob(pen, chance, (W * 0.4, H * 0.82), 92, "#4a4c50", 0.5)
    _blob(pen, chance, (W * 0.4, H * 0.83), 70, "#7d6a52", 0.45)
    _blob(pen, chance, (W * 0.39, H * 0.84), 38, WATER, 0.4)


def _patch(pen, chance):
    _blob(pen, chance, (W * 0.4, H * 0.82), 98, "#3c3e42", 0.5)


def _branch(pen, chance):
    pen.line([(W * 0.12, H * 0.84), (W * 0.83, H * 0.66)], fill=WOOD, width=34)
    pen.line([(W * 0.5, H * 0.75), (W * 0.62, H * 0.55)], fill=WOOD, width=18)
    for _leaf in range(26):
        center = (W * chance.uniform(0.45, 0.92), H * chance.uniform(0.5, 0.78))
        _blob(pen, chance, center, chance.randint(22, 46), DARK_GREEN)


def _bent_sign(pen, chance):
    pen.line([(W * 0.78, H * 0.88), (W * 0.88, H * 0.5)], fill=METAL, width=14)
    _sign_plate(pen, (W * 0.9, H * 0.44))


def _straight_sign(pen, chance):
    pen.line([(W * 0.8, H * 0.9), (W * 0.8, H * 0.4)], fill=METAL, width=14)
    _sign_plate(pen, (W * 0.8, H * 0.33))


def _sign_plate(pen, center):
    x, y = center
    pen.ellipse((x - 74, y - 74, x + 74, y + 74), fill="#c62f2f")
    pen.ellipse((x - 54, y - 54, x + 54, y + 54), fill="#f4f4f0")
    pen.line([(x - 24, y + 16), (x - 24, y - 24)], fill="#222222", width=14)
    pen.arc((x - 6, y - 26, x + 36, y + 22), 0, 360, fill="#222222", width=13)


def _sink(image, pen, state, chance):
    _gradient(image, TILES)
    for x in range(0, W, 120):
        pen.line([(x, 0), (x, H)], fill="#c2d0d6", width=3)
    for y in range(0, H, 120):
        pen.line([(0, y), (W, y)], fill="#c2d0d6", width=3)
    pen.rectangle((0, H * 0.86, W, H), fill="#a99f92")
    pen.rounded_rectangle((W * 0.28, H * 0.38, W * 0.72, H * 0.58), 46, fill="#fbfbfa")
    pen.ellipse((W * 0.34, H * 0.4, W * 0.66, H * 0.47), fill="#dfe5e8")
    pen.line([(W * 0.5, H * 0.38), (W * 0.5, H * 0.24)], fill=METAL, width=22)
    pen.line([(W * 0.5, H * 0.25), (W * 0.56, H * 0.25)], fill=METAL, width=20)
    pen.line([(W * 0.5, H * 0.58), (W * 0.5, H * 0.74)], fill=METAL, width=26)
    pen.line([(W * 0.5, H * 0.74), (W * 0.66, H * 0.74)], fill=METAL, width=26)
    pen.line([(W * 0.66, H * 0.74), (W * 0.66, H * 0.66)], fill=METAL, width=26)
    if state == "leak":
        _blob(pen, chance, (W * 0.5, H * 0.92), 250, WATER, 0.22, 22)
        for k in range(7):
            x, y = W * 0.5 + chance.randint(-16, 16), H * (0.75 + 0.02 * k)
            pen.ellipse((x - 7, y - 11, x + 7, y + 11), fill=WATER)
    else:
        pen.ellipse((W * 0.475, H * 0.63, W * 0.525, H * 0.69), fill="#d9b24c")


def _lawn(image, pen, state, chance):
    _landscape(image, pen, chance)
    pen.polygon([(0, H * 0.5), (W, H * 0.5), (W, H * 0.54), (0, H * 0.54)], fill=STONE)
    if state == "mown":
        for k in range(9):
            top, low = W / 2 + (k - 4.5) * 60, W / 2 + (k - 4.5) * 240
            color = "#79ab57" if k % 2 else "#689a48"
            pen.polygon(
                [(top, H * 0.54), (top + 60, H * 0.54), (low + 240, H), (low, H)],
                fill=color,
            )
        return
    for _blade in range(900):
        x, y = chance.randint(0, W), chance.randint(int(H * 0.55), H)
        long = 18 + (y - H * 0.5) * 0.22
        color = chance.choice((DARK_GREEN, "#5d8f41", "#86a85a"))
        pen.line([(x, y), (x + chance.randint(-14, 14), y - long)], fill=color, width=4)


def _hedge(image, pen, state, chance):
    _landscape(image, pen, chance)
    pen.rectangle((0, H * 0.78, W, H), fill="#b8b3a8")
    top = H * (0.42 if state == "cut" else 0.3)
    if state == "cut":
        pen.rectangle((0, top, W, H * 0.8), fill=DARK_GREEN)
    for _leaf in range(260):
        y = chance.uniform(top if state == "cut" else top - 40, H * 0.8)
        color = chance.choice((DARK_GREEN, "#4a7c3b", "#37602c"))
        _blob(pen, chance, (chance.randint(0, W), y + 20), 34, color)
    if state != "cut":
        for _shoot in range(40):
            x = chance.randint(0, W)
            pen.line(
                [(x, top), (x + chance.randint(-40, 40), top - 90)],
                fill="#4a7c3b",
                width=7,
            )


def _facade(image, pen, state, chance):
    _gradient(image, WALL)
    pen.rectangle((0, 0, W, H * 0.1), fill="#8f4a35")
    pen.line([(0, H * 0.11), (W, H * 0.11)], fill=METAL, width=18)
    pen.rectangle((0, H * 0.9, W, H), fill="#9b9892")
    for left in (0.14, 0.56):
        _window(pen, W * left, H * 0.26)
    if state == "broken":
        points = ((0.66, 0.3), (0.6, 0.36), (0.7, 0.42), (0.63, 0.5), (0.72, 0.33))
        center = (W * 0.67, H * 0.39)
        for x, y in points:
            pen.line([center, (W * x, H * y)], fill="#223038", width=6)
        _blob(pen, chance, center, 34, "#223038")
    elif state == "gutter":
        pen.polygon(
            [(W * 0.4, H * 0.1), (W, H * 0.24), (W, H * 0.27), (W * 0.4, H * 0.13)],
            fill="#7f868c",
        )
        pen.rectangle((W * 0.86, H * 0.3, W * 0.95, H * 0.9), fill="#c5b692")
    elif state == "tag":
        for color, shift in (("#b0366f", 0), ("#2f5fa8", 40)):
            line = [
                (W * 0.12 + 70 * k, H * (0.72 + 0.09 * chance.uniform(-1, 1)) + shift)
                for k in range(9)
            ]
            pen.line(line, fill=color, width=22, joint="curve")


def _window(pen, x, y):
    pen.rectangle((x, y, x + W * 0.28, y + H * 0.36), fill="#f7f5ef")
    pen.rectangle(
        (x + 18, y + 18, x + W * 0.28 - 18, y + H * 0.36 - 18), fill="#9fc0d3"
    )
    pen.line(
        [(x + W * 0.14, y), (x + W * 0.14, y + H * 0.36)], fill="#f7f5ef", width=16
    )


def _lamp(image, pen, state, chance):
    _gradient(image, DUSK)
    pen.rectangle((0, H * 0.82, W, H), fill="#2c2d33")
    for x in (0.05, 0.62):
        left = W * x
        pen.polygon(
            [(left, H * 0.6), (left + 130, H * 0.48), (left + 260, H * 0.6)],
            fill="#2a2231",
        )
        pen.rectangle((left + 16, H * 0.6, left + 244, H * 0.82), fill="#3a3040")
    if state == "on":
        pen.polygon(
            [(W * 0.52, H * 0.24), (W * 0.3, H * 0.95), (W * 0.78, H * 0.95)],
            fill="#8f8058",
        )
        pen.ellipse((W * 0.47, H * 0.18, W * 0.58, H * 0.29), fill="#fff3bf")
    pen.line([(W * 0.42, H * 0.9), (W * 0.42, H * 0.2)], fill="#11131a", width=16)
    pen.line([(W * 0.42, H * 0.2), (W * 0.54, H * 0.2)], fill="#11131a", width=14)
    pen.rectangle((W * 0.49, H * 0.19, W * 0.57, H * 0.23), fill="#11131a")


def _room(image, pen, state, chance):
    _gradient(image, ("#f4ecdc", "#e6dac1"))
    pen.polygon([(0, H * 0.72), (W, H * 0.72), (W, H), (0, H)], fill="#b98f63")
    if state == "class":
        pen.rectangle((W * 0.2, H * 0.14, W * 0.8, H * 0.46), fill="#2f5d4a")
        for k, color in enumerate(("#e06b5a", "#f2c14e", "#5aa7d6", "#7cae5f")):
            x = W * (0.1 + 0.21 * k)
            pen.rounded_rectangle((x, H * 0.66, x + 150, H * 0.72), 12, fill=color)
            pen.line([(x + 20, H * 0.72), (x + 20, H * 0.86)], fill=METAL, width=10)
            pen.line([(x + 130, H * 0.72), (x + 130, H * 0.86)], fill=METAL, width=10)
        return
    pen.rectangle((W * 0.1, H * 0.6, W * 0.9, H * 0.66), fill=WOOD)
    pen.rectangle((W * 0.14, H * 0.66, W * 0.18, H * 0.94), fill=WOOD)
    pen.rectangle((W * 0.82, H * 0.66, W * 0.86, H * 0.94), fill=WOOD)
    pen.rounded_rectangle((W * 0.34, H * 0.24, W * 0.66, H * 0.52), 14, fill="#2b2f36")
    screen = "#2456a6" if state == "computer_down" else "#dfe9f2"
    pen.rectangle((W * 0.355, H * 0.265, W * 0.645, H * 0.495), fill=screen)
    pen.rectangle((W * 0.48, H * 0.52, W * 0.52, H * 0.6), fill="#2b2f36")
    for k in range(4):
        y = H * (0.3 + 0.045 * k)
        color = "#cfdcef" if state == "computer_down" else "#7f95ad"
        pen.line([(W * 0.38, y), (W * (0.5 + 0.04 * k), y)], fill=color, width=8)
    for k in range(5):
        y = H * (0.58 - 0.018 * k)
        pen.rectangle(
            (W * 0.72, y, W * 0.86, y + 10), fill="#fbf7ec" if k % 2 else "#e4d9bd"
        )


# name: painter, what it shows
SCENES = {
    "leak": (_sink, "leak"),
    "sink": (_sink, "dry"),
    "road_hole": (_road, "hole"),
    "road_patched": (_road, "patched"),
    "road_branch": (_road, "branch"),
    "road_clear": (_road, "clear"),
    "sign_bent": (_road, "sign_bent"),
    "sign": (_road, "sign"),
    "grass_high": (_lawn, "high"),
    "grass_cut": (_lawn, "mown"),
    "hedge_high": (_hedge, "high"),
    "hedge_cut": (_hedge, "cut"),
    "window_broken": (_facade, "broken"),
    "window": (_facade, "whole"),
    "gutter": (_facade, "gutter"),
    "wall_tag": (_facade, "tag"),
    "lamp_off": (_lamp, "off"),
    "lamp_on": (_lamp, "on"),
    "classroom": (_room, "class"),
    "computer_down": (_room, "computer_down"),
    "computer": (_room, "computer"),
}
