"""Portraits for the demo's cards: drawn, so that they are nobody's face and may lie in the repository as code."""

import io
import random

from PIL import Image, ImageDraw

SIZE = (600, 800)
BACKGROUNDS = ("#dfe7ea", "#e8e3da", "#dce6f2")
SKINS = ("#f0cdae", "#e7bb95", "#f3d7bf")
CLOTHES = ("#24476b", "#6b2f2f", "#2f5b48", "#474250")
HAIR = "#1d1a18"


def portrait(name: str, *, long_hair: bool) -> bytes:
    """A PNG of a head and shoulders; the same name has the same face."""
    rng = random.Random(name)  # noqa: S311
    picture = Image.new("RGB", SIZE, rng.choice(BACKGROUNDS))
    draw = ImageDraw.Draw(picture)
    skin = rng.choice(SKINS)
    draw.ellipse((80, 560, 520, 1040), fill=rng.choice(CLOTHES))
    if long_hair:
        draw.rounded_rectangle((165, 150, 435, 600), radius=120, fill=HAIR)
    draw.rectangle((255, 460, 345, 590), fill=skin)
    draw.ellipse((180, 180, 420, 520), fill=skin)
    draw.pieslice((168, 150, 432, 430), 180, 360, fill=HAIR)
    for x in (250, 350):
        draw.ellipse((x - 10, 340, x + 10, 358), fill=HAIR)
        draw.arc((x - 28, 305, x + 28, 345), 200, 340, fill=HAIR, width=5)
    draw.arc((255, 400, 345, 460), 20, 160, fill="#a34a3f", width=6)
    if rng.random() < 0.4:  # glasses
        for x in (250, 350):
            draw.ellipse((x - 38, 312, x + 38, 388), outline="#333333", width=5)
        draw.line((288, 350, 312, 350), fill="#333333", width=5)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
