"""The table of docs/common_mistakes.md, and the sheet of images in it."""

from PIL import Image, ImageDraw, ImageFont

PAGE = "docs/common_mistakes.md"
SHEET = "docs/images/common_mistakes.png"
SIDE, GAP, LABEL, COLUMNS = 96, 8, 16, 4

HEAD = """# Common mistakes

Ports of Stable Diffusion have made these mistakes, or may make them: a wrong constant, a swapped
order, a forgotten factor. Most of them still draw an image. Here each is a
[patch](../examples/common_mistakes/README.md) of a few lines to this project's own source. A program
applies the patches one by one to a copy, builds it, runs the tests, draws and compares.

**Of {count} mistakes, {caught} fail a test.** The program wrote this whole page.

- *Caught by*: the first test that fails. The tests run from the inside out: kernels, ops and layers,
  then the parts of the model, then whole images; the slowest come last.
- *Image*: the mean absolute difference, of 255, between the tiny model's images with and without
  the mistake, at one seed. *Latents*: the difference of the finished latents, as a relative L2 norm.
  Some mistakes need an option such as `--image`; then both runs have it.
- *Parts first*: each part of the model runs by itself on the same inputs (`sdxl trace`), and
  `sdxl compare` names the first module whose output differs. If none differs, the first step of the
  whole run is compared, then the finished latents, then the image.
- *Seen in*: a public thread about that mistake, or about a similar one ("a neighbour").

![The image as it should be, and with each mistake](images/common_mistakes.png)

In each pair the left image is correct, and the right image has the mistake. The tiny model has a small
text encoder and few layers. So a mistake with little effect on its image may have a larger effect in
the published model.

"""


def link(path_or_address):
    """`https://github.com/OWNER/NAME/issues/7 and a remark` as a link with the remark."""
    address, _, remark = path_or_address.partition(" ")
    if not address.startswith("https://"):
        return path_or_address
    owner, name, _, number = address.removeprefix("https://github.com/").split("/")
    return f"[{owner}/{name}#{number}]({address}){': ' + remark if remark else ''}"


def row(mistake, found):
    patch = f"[{mistake.name}](../examples/common_mistakes/{mistake.name}.patch)"
    options = " ".join(o or '""' for o in mistake.options)
    drawn = f" Drawn with `{options}`." if options else ""
    cells = [f"{patch}: {mistake.sentence}{drawn}", found["caught_by"] or "**no test**", f"{found['image']:.2f}",
             f"{found['latents']:.2g}", found["where"], link(mistake.seen)]
    return "| " + " | ".join(cells) + " |\n"


def draw_sheet(path, mistakes, probe):
    rows = -(-len(mistakes) // COLUMNS)
    width, height = 2 * SIDE + 2 * GAP, SIDE + LABEL + GAP
    sheet = Image.new("RGB", (COLUMNS * width, rows * height), "white")
    text, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for i, mistake in enumerate(mistakes):
        x, y = i % COLUMNS * width, i // COLUMNS * height
        text.text((x, y + 1), mistake.name, fill="black", font=font)
        for k, image in enumerate([probe.right_image(mistake.options), probe.image(mistake.name)]):
            image.thumbnail((SIDE, SIDE), Image.Resampling.NEAREST)
            size = (round(SIDE * image.width / max(image.size)), round(SIDE * image.height / max(image.size)))
            image = image.resize(size, Image.Resampling.NEAREST)
            sheet.paste(image, (x + k * (SIDE + 2), y + LABEL))
    sheet.quantize(256).save(path, optimize=True)


def write_report(source, mistakes, found, probe):
    draw_sheet(source / SHEET, mistakes, probe)
    minutes = max(1, round(sum(found[m.name]["seconds"] for m in mistakes) / 60))
    with open(source / PAGE, "w") as page:
        caught = sum(found[m.name]["caught_by"] != "" for m in mistakes)
        page.write(HEAD.format(count=len(mistakes), caught=caught))
        page.write("| Mistake | Caught by | Image | Latents | Parts first | Seen in |\n")
        page.write("|---|---|---|---|---|---|\n")
        for mistake in mistakes:
            page.write(row(mistake, found[mistake.name]))
        page.write(f"\nMade by `python examples/common_mistakes/run.py` on two cores; minutes: {minutes}.\n")
    print(f"{PAGE} and {SHEET} are written; {len(mistakes)} mistakes, {minutes} min")
