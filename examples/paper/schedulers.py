"""Appendix C, sampling: every solver at 5, 10, 25 and 50 steps, from one seed.

Measured: the difference from the same solver at 100 steps (those that add noise at each step do not converge).

The rows of ddpm and euler-ancestral are equal, byte for byte. Both are one process in two variables: DDPM's step for x,
divided by sqrt(alpha_bar'), is the ancestral step for x / sqrt(alpha_bar) with sigma^2 = (1 - alpha_bar) / alpha_bar.
The added noise has the same size: (1 - alpha_bar') / (1 - alpha_bar) (1 - alpha_bar / alpha_bar') / alpha_bar'
= sigma'^2 (sigma^2 - sigma'^2) / sigma^2. DDPM's default is this smaller of its two variances (fixed_small).
"""

from experiment import PROMPTS, Experiment, difference

SOLVERS = ("ddim", "euler", "heun", "dpmpp-2m", "dpmpp-2m-karras", "dpmpp-3m", "unipc", "euler-ancestral", "ddpm")
LABELS = {"ddpm": "ddpm (the same)"}
STEPS = (5, 10, 25, 50)


def main():
    experiment = Experiment(__doc__)
    sheet, numbers = {}, {}
    for solver in SOLVERS:

        def draw(steps):
            return experiment.draw(PROMPTS[0], "--scheduler", solver, "--steps", steps, seeds=(1, 2))

        settled = draw(100)
        runs = {steps: draw(steps) for steps in STEPS}
        label = LABELS.get(solver, solver)
        sheet[label] = [image for images in runs.values() for image in images]
        numbers[label] = {f"{steps} steps": difference(images, settled) for steps, images in runs.items()}
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
