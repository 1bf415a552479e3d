"""Section 2.2, crop conditioning: the same seed with several crops in the conditioning.

The paper's figure 5. With (0, 0) the thing is whole and in the middle. With a cut on the left of a wide original, it
moves to the left and leaves the frame. Measured: where the thing's middle is, and its share of the image.
"""

from experiment import PROMPTS, Experiment, mean_of, middle, thing_mask


def main():
    experiment = Experiment(__doc__)
    side = experiment.side
    sheet, numbers = {}, {}
    for cut, edge in ((0, "left"), (side // 4, "left"), (side // 2, "left"), (side // 4, "top"), (side // 2, "top")):
        height, width = (side, side + cut) if edge == "left" else (side + cut, side)
        given = (f"--crop-{edge}", cut, "--original-height", height, "--original-width", width)
        images = [image for prompt in PROMPTS for image in experiment.draw(prompt, *given, seeds=(1, 2))]
        label = f"{cut} cut at the {edge}" if cut else "nothing cut"
        sheet[label] = images
        numbers[label] = {
            "middle x": mean_of(lambda image: middle(image)[0], images),
            "middle y": mean_of(lambda image: middle(image)[1], images),
            "share": mean_of(lambda image: thing_mask(image).mean(), images),
        }
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
