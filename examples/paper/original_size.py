"""Section 2.2, size conditioning: the same seed with several original sizes in the conditioning.

The paper's figure 3. Small images that are enlarged are blurred. A model that is conditioned on the original size draws
blur only for a small one. Measured: how steep the edges are.
"""

from experiment import PROMPTS, Experiment, mean_of, sharpness

SIZES = (32, 64, 96, 128, 256, 512)


def main():
    experiment = Experiment(__doc__)
    sheet, numbers = {}, {}
    for size in SIZES:
        label = f"original {size} x {size}"
        given = ("--original-height", size, "--original-width", size)
        images = [image for prompt in PROMPTS for image in experiment.draw(prompt, *given, seeds=(1, 2))]
        sheet[label], numbers[label] = images, {"sharpness": mean_of(sharpness, images)}
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
