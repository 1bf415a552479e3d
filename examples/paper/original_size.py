"""Section 2.2, size conditioning: the same seed, told that the image was once smaller or larger.

The paper's figure 3. Images that are small and enlarged are blurred; a model that is told so in training draws blur only
when it is told of a small original. Measured: how steep the edges are.
"""

from experiment import PROMPTS, Experiment, mean_of, sharpness

SIZES = (32, 64, 96, 128, 256, 512)


def main():
    experiment = Experiment(__doc__)
    sheet, numbers = {}, {}
    for size in SIZES:
        label = f"original {size} x {size}"
        told = ("--original-height", size, "--original-width", size)
        images = [image for prompt in PROMPTS for image in experiment.draw(prompt, *told, seeds=(1, 2))]
        sheet[label], numbers[label] = images, {"sharpness": mean_of(sharpness, images)}
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
