"""Appendix C, sampling: every solver at 5, 10, 25 and 50 steps, from one seed.

Measured: the difference from the same solver at 100 steps (those that add noise at each step do not converge).
"""

from experiment import PROMPTS, Experiment, difference

SOLVERS = ("ddim", "euler", "dpmpp-2m", "dpmpp-2m-karras", "euler-ancestral", "ddpm")
STEPS = (5, 10, 25, 50)


def main():
    experiment = Experiment(__doc__)
    sheet, numbers = {}, {}
    for solver in SOLVERS:

        def draw(steps):
            return experiment.draw(PROMPTS[0], "--scheduler", solver, "--steps", steps, seeds=(1, 2))

        settled = draw(100)
        runs = {steps: draw(steps) for steps in STEPS}
        sheet[solver] = [image for images in runs.values() for image in images]
        numbers[solver] = {f"{steps} steps": difference(images, settled) for steps, images in runs.items()}
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
