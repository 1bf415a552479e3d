"""Appendix C, sampling: DDPM's 1000 steps, as the model was trained, beside 25 steps of other solvers.

Measured: saturation and sharpness, by DDPM at 1000 and by Euler and DDIM at 25.
"""

from experiment import PROMPTS, Experiment, mean_of, saturation, sharpness

RUNS = {"ddpm, 1000 steps": ("ddpm", 1000), "ddpm, 25": ("ddpm", 25), "euler, 25": ("euler", 25), "ddim, 25": ("ddim", 25)}


def main():
    experiment = Experiment(__doc__)
    sheet, numbers = {}, {}
    for label, (solver, steps) in RUNS.items():
        given = ("--scheduler", solver, "--steps", steps, "--scheduler-option", "steps_offset=0")
        images = [image for prompt in PROMPTS for image in experiment.draw(prompt, *given, seeds=(1, 2))]
        sheet[label] = images
        numbers[label] = {"saturation": mean_of(saturation, images), "sharpness": mean_of(sharpness, images)}
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
