"""Chapter 18, Twenty-eight mistakes. Write the functions, then run: ./test book.18"""


def symptoms(rows):
    """rows: {name: (image, latents)}, the changes of a mistake -> {name: "lost", "plausible" or "equal"}

    lost: the image moves by more than 20 of 255. equal: by less than 0.01, and the latents by less than 1e-4. Else plausible.
    """
    raise NotImplementedError


def time_ids(original, crop, target):
    """-> the six numbers; original, crop and target are (height or top, width or left). This is the function with the mistake:

        def time_ids(original, crop, target):
            return [original[1], original[0], crop[0], crop[1], target[0], target[0]]
    """
    raise NotImplementedError
