#!/usr/bin/env python3
"""Draws docs/pictures/scene.png: a wall clock and a traffic light before a plastered wall, for `assay explain` and the README.

Usage: scripts/draw_scene.py [OUT.png]      (needs Pillow and numpy; the same bytes every time)
"""
import math
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE, SCALE = 512, 2  # drawn at twice the size, then reduced: smooth edges


def plastered_wall(rng):
    coarse = Image.fromarray(rng.integers(0, 255, (24, 24), dtype=np.uint8)).resize((SIZE * SCALE,) * 2, Image.BICUBIC)
    fine = rng.normal(0, 5, (SIZE * SCALE, SIZE * SCALE))
    light = np.linspace(18, -22, SIZE * SCALE)[:, None]
    grey = np.asarray(coarse, float) * 0.08 + fine + light
    colour = np.array([196, 188, 172])[None, None, :] + grey[:, :, None]
    return Image.fromarray(np.clip(colour, 0, 255).astype(np.uint8))


def shadow(image, box, round_shape, offset):
    layer = Image.new("L", image.size, 0)
    moved = [v + offset for v in box]
    draw = ImageDraw.Draw(layer)
    draw.ellipse(moved, fill=120) if round_shape else draw.rounded_rectangle(moved, 30, fill=120)
    layer = layer.filter(ImageFilter.GaussianBlur(14))
    image.paste(Image.new("RGB", image.size, (60, 55, 50)), (0, 0), layer)


def clock(image, cx, cy, radius):
    draw = ImageDraw.Draw(image)
    disc = lambda r, fill: draw.ellipse([cx - r, cy - r, cx + r, cy + r], fill=fill)
    shadow(image, [cx - radius, cy - radius, cx + radius, cy + radius], True, 18)
    disc(radius, (52, 34, 22))
    disc(radius * 0.96, (96, 62, 38))
    disc(radius * 0.87, (250, 248, 240))
    for minute in range(60):
        angle, long = math.radians(minute * 6), minute % 5 == 0
        inner = radius * (0.72 if long else 0.79)
        ends = [(cx + r * math.sin(angle), cy - r * math.cos(angle)) for r in (inner, radius * 0.83)]
        draw.line(ends, fill=(20, 20, 20), width=11 if long else 4)
    for angle, length, width in ((305, 0.45, 20), (60, 0.68, 13)):
        turn = math.radians(angle)
        tip = (cx + radius * length * math.sin(turn), cy - radius * length * math.cos(turn))
        draw.line([(cx, cy), tip], fill=(15, 15, 15), width=width)
    disc(radius * 0.06, (150, 30, 25))


def traffic_light(image, left, top, width, height):
    shadow(image, [left, top, left + width, top + height], False, 18)
    draw = ImageDraw.Draw(image)
    draw.rectangle([left + width * 0.43, top + height, left + width * 0.57, image.height], fill=(70, 72, 74))
    draw.rounded_rectangle([left, top, left + width, top + height], 30, fill=(28, 30, 30))
    for i, colour in enumerate(((235, 40, 30), (70, 55, 15), (15, 60, 30))):
        cy, r = top + height * (i + 0.5) / 3, width * 0.34
        cx = left + width / 2
        draw.pieslice([cx - r * 1.2, cy - r * 1.25, cx + r * 1.2, cy + r * 1.15], 180, 360, fill=(8, 8, 8))
        draw.ellipse([cx - r, cy - r, cx + r, cy + r], fill=colour)
        if i == 0:
            draw.ellipse([cx - r * 0.6, cy - r * 0.6, cx + r * 0.3, cy + r * 0.3], fill=(255, 120, 100))


def main():
    image = plastered_wall(np.random.default_rng(1))
    clock(image, 330, 400, 250)
    traffic_light(image, 720, 210, 190, 520)
    out = sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/scene.png"
    image.resize((SIZE, SIZE), Image.LANCZOS).filter(ImageFilter.GaussianBlur(0.6)).save(out)


main()
