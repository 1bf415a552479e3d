"""The tokens of hard strings by transformers' CLIPTokenizer: tests/goldens/tokenizer.json.

Three tokenizers: both of SDXL (OpenAI's vocabulary, padded with "<|endoftext|>" and with "!") and a small one that
lacks most letters and matches special tokens in the lowercased text. The small one's files are in the
golden, as older and as newer versions of transformers write them.
"""

import json
import random
import tempfile
from pathlib import Path

import transformers
from transformers import CLIPTokenizer

ROOT = Path(__file__).resolve().parents[2]
START, END = "<|startoftext|>", "<|endoftext|>"

PROMPTS = [
    "",
    "a",
    "Hello, world!",
    "a photo of an astronaut riding a horse on mars",
    "A painting of a squirrel eating a burger",
    "An astronaut riding a green horse",
    "A majestic lion jumping from a big stone at night",
    "Astronaut in a jungle, cold color palette, muted colors, detailed, 8k",
    "a photo of a cat",
    "photograph of an astronaut riding a horse",
    "It's 2023: don't you'll   see\tCAF\u00c9\n na\u00efve \u2014 \u5317\u4eac \U0001f431!!!",
    "masterpiece, (best quality:1.2), [ugly], 1girl",
    "lowres, bad anatomy, bad hands, text, error",
    "the quick brown fox jumps over the lazy dog",
    "a red cube on top of a blue sphere, studio light, f/1.8, 50mm, ISO-100",
    "photo-realistic portrait_of_a_woman by greg.rutkowski & artgerm | trending on @artstation #art",
    "fish &amp; chips &lt;3",
    "supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis",
    "x" * 100,
    "ab" * 200,
    "cat " * 100,
    "cat " * 74 + "dog",
    "cat " * 75,
    "cat " * 76,
    "cat! " * 60,
    "1234567890 " * 9,
    "qwertyuiopasdfghjklzxcvbnm" * 8,
]
CONTRACTIONS = [
    "don't can't won't", "I'm you're they've she'd he'll it's", "I'M YOU'RE THEY'VE SHE'D HE'LL IT'S", "they'D",
    "don\u2019t it\u2019s", "'s", "'S", "'", "''", "'''", "''s", "''s 's's", "'sx", "'re're", "'lla 'll'l", "'l 'v 'r",
    "o'clock", "rock'n'roll", "'tis 'twas", "a's'b", "!'s", "!'s!'t", "1's 2'd", "\u00e9's", "x'\u0301s", "' s", "s'",
]  # fmt: skip
EXCLAMATIONS = [
    "!", "!!", "!!!", "wow!!! ok!", "(wow!) a!b   ! c", "!a", "a!", "! !", "!?!", "?!?", "\uff01", "!</w>", "'!'", "!'s",
    "...!!!???", "\u00a1hola!", "!\u0301", "<|endoftext|>!", "!<|startoftext|>",
]  # fmt: skip
SPECIAL = [
    START, END, START + "a" + END, "cat<|endoftext|>dog", "cat <|endoftext|> dog", "<|EndOfText|>", "<|STARTOFTEXT|>",
    "<|ENDOFTEXT|>!", "!<|ENDOFTEXT|>", "((<|STARTOFTEXT|>))", "<|endoftext|", "|endoftext|>", "<<|endoftext|>>",
    "<|endoftext|><|endoftext|>", "< |endoftext|>", "<|startoftext|>" * 3, "<|end\u200boftext|>", "<|", "|>",
    "e\u0301<|endoftext|>\u0301",
]  # fmt: skip
NUMBERS = [
    "2023", "1st 2nd 42", "2x4", "3.14159", "1,000,000", "-273.15\u00b0C", "1e-5", "0xff", "100% of $5.99 @ #hash_tag",
    "\u00bdcup", "\u00bc \u00bd \u00be", "e=mc\u00b2", "x\u00b2y\u00b3", "\uff11\uff12\uff13", "\u0661\u0662\u0663",
    "\u0967\u0968\u0969", "\u2160\u2161\u2162 \u217b", "\u2460\u2461 \u2776", "\u3007 \u4e00 \u3021", "\U0001d7d8\U0001d7d9",
    "\u2155\u2189", "\u09f4\u0bf0", "\u0be7", "\U00010107", "12:34:56", "8k4K", "\u2070\u2081", "10\u207b\u2075",
]  # fmt: skip
WHITE_SPACE = [
    " ", "  ", "\t", "\n", "\r\n", " a", "a ", "  a  b  ", "a\tb\nc\rd\x0be\x0cf", "a\u00a0b\u3000c", "a\u1680b",
    "a\u2000b\u2001c\u2002d\u2003e\u2004f", "a\u2005b\u2006c\u2007d\u2008e\u2009f\u200ag", "a\u2028b\u2029c", "a\u202fb",
    "a\u205fb", "a\u0085b", "\u0085", "a\u200bb", "a\ufeffb", "\ufeffbom", "a\u180eb", "a\u2060b", "tab\tnew\nline",
    " \t\n\u00a0\u3000 ", "a \u0301b", "\u200bzero\u200bwidth",
]  # fmt: skip
CONTROL = [
    "a\x00b", "\x00", "a\x00", "a\x01\x02b", "a\x07b", "a\x08b", "a\x1bb\x1b[31mred", "a\x1cb", "a\x1db\x1ec\x1fd",
    "a\x7fb", "a\x80b\x81", "a\x9fb", "a\u00adb", "a\u200eb\u200fc", "a\u202eb\u202cc", "a\u2066b\u2069c", "\ufffd",
    "\ufffe\uffff", "\ufdd0", "\U0010ffff", "\ue000\uf8ff", "\U000f0000", "\ufff9a\ufffa", "\U000e0001\U000e0061",
]  # fmt: skip
COMPOSITION = [
    "e\u0301clair \u00e9clair", "\u00c5 \u212b A\u030a", "a\u0301\u0327", "a\u0327\u0301", "\u1e69 s\u0323\u0307 s\u0307\u0323",
    "\u1112\u1161\u11ab", "\u1100\u1161", "\uac00\u11a8", "\ud55c\uad6d\uc5b4", "\u1100\u1161\u11a8\u11a8", "\u2126 \u03a9",
    "\u0958 \u0915\u093c", "\ufb2a \u05e9\u05c1", "\u0344", "\u0374", "\u037e", "\u1fef", "\u2329", "\uf900 \uf9d0", "\u304b\u3099",
    "\u304b\u309a", "\u0b47\u0b3e", "\U0001d15e", "\U00011099\U000110ba", "q\u0307\u0323", "a\u0301" * 20, "\u0301", "\u0301a",
    "z\u0351\u0346\u0341a\u0321\u0349l\u0363\u0358g\u0329\u0338o", "\ufb01ne", "\uff21\uff22\uff23", "\u01c4\u01c5\u01c6", "\u1e9b\u0323",
    "i\u0307 \u0130", "\u0915\u094d\u0937", "\u0f71\u0f72", "\u0f73", "\u0cc6\u0cc2\u0cd5", "\u1b05\u1b35", "\u0387 \u00b7",
]  # fmt: skip
CASE = [
    "STRASSE stra\u00dfe \u0130stanbul \u0152UVRE", "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3", "\u03a3", "A\u03a3", "A\u03a3 b",
    "\u00df \u1e9e", "\u0130I\u0131i", "\u01c5", "\u1fa8\u1fbc", "\u2c00\u2c2f", "\u10a0\u10c5", "\u13a0\uab70", "\ua64a\u1c88",
    "\U00010400", "\U0001e900", "\u24b6\u24d0", "\u2160", "\u212a \u212b", "\u0345", "\u1f88", "\u1c90\u1cbf", "\u01f1za",
    "\u00aa \u00ba", "\u02b0\u02bc", "\u1d2c", "\ua7ae",
]  # fmt: skip
SCRIPTS = [
    "\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440", "\u041a\u041e\u0422 \u0438 \u0441\u043e\u0431\u0430\u043a\u0430",
    "\u03b3\u03ac\u03c4\u03b1 \u03ba\u03b1\u03b9 \u03c3\u03ba\u03cd\u03bb\u03bf\u03c2", "\u0633\u0644\u0627\u0645 \u0639\u0644\u06cc\u06a9\u0645",
    "\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f", "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd", "\u0928\u092e\u0938\u094d\u0924\u0947",
    "\u0995\u09cd\u09b7", "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd", "\u0c24\u0c46\u0c32\u0c41\u0c17\u0c41", "\u0cb2\u0ccd\u0cb2", "\u0d2e\u0d32",
    "\u0dc3\u0dd2\u0d82", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u0eaa\u0eb0", "\u0f56\u0f7c\u0f51", "\u1019\u103c\u1014\u103a",
    "\u10e5\u10d0\u10e0", "\u0540\u0561\u0575", "\u1230\u120b\u121d", "\u13e3\u13b3\u13a9", "\u1781\u17d2\u1798", "\u1820\u182d",
    "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8", "\u5317\u4eac\u4e0a\u6d77", "\u6f22\u5b57kanji\u6f22\u5b57", "\ud55c\uad6d\uc5b4 \uace0\uc591\uc774",
    "\u30ab\u30bf\u30ab\u30ca\u30fc", "\uff76\uff80\uff76\uff85", "\U00020000\U0002a6df", "\u3105\u3106", "\ua000\ua001", "\u2d30\u2d31",
    "\u07ca\u07cb", "\u0710\u0712", "\u0780\u07a6", "\u1401\u1402", "\u16a0\u16a2", "\u1680\u1681", "\U00010330", "\U00012000", "\U00013000",
    "ti\u1ebfng Vi\u1ec7t", "\u010de\u0161tina \u017elu\u0165ou\u010dk\u00fd", "\u00edslenska \u00fe\u00f0", "t\u00fcrk\u00e7e \u011f\u0131\u015f",
]  # fmt: skip
EMOJI = [
    "\U0001f431", "\U0001f469\u200d\U0001f680 astronaut", "\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", "1\ufe0f\u20e3", "#\ufe0f\u20e3", "\u2764\ufe0f", "\u2603", "\u2728\u2b50",
    "cat\U0001f431cat", "\U0001f600\U0001f600\U0001f600", "\U0001f600 \U0001f600", ":-) ;P <3", "\U0001fae0", "\u00a9\u00ae\u2122", "\u2192\u2190",
    "\u266a\u266b", "\u20ac\u00a3\u00a5",
]  # fmt: skip
SIGNS = [
    "...", "a.b,c;d", "(((a)))", "C++ & C#", "a/b\\c", "-- \u2014 \u2013 \u2026", "\u201cquoted\u201d \u2018so\u2019", "\u00abguillemets\u00bb",
    "https://example.org/a?b=c&d=%20#e", "name@example.org", "__init__", "snake_case camelCase", "<b>html</b>", "`code`", "~^|{}[]", "\u3002\u3001\uff0c",
    "\u0964\u0965", "$\\alpha_i^2$", "\"", "\"\"\"", "*", "a*b*c", "//", "\u00b0", "\u00d7\u00f7\u00b1", "\u2211\u222b\u221e",
]  # fmt: skip
WORDS = ["'s", "'LL", "''s", END, START, "<|EndOfText|>", "!", "!!!", "the", "astronaut", "\u0130", "\u03a3\u0391\u03a3"]
RANGES = [
    (0x20, 0x7F), (0x20, 0x7F), (0xA0, 0x250), (0x300, 0x370), (0, 0xA0), (0x370, 0x530), (0x900, 0xE00), (0x1100, 0x1200),
    (0x1E00, 0x2070), (0x2100, 0x2200), (0x3040, 0x3100), (0x4E00, 0x4F00), (0xFF00, 0xFFEF), (0x1F300, 0x1F650),
]  # fmt: skip


def random_strings(count):
    """Mixtures of three ranges of characters and of words that are hard for tokenizers."""
    source = random.Random(1)
    for _ in range(count):
        ranges = source.sample(RANGES, 3)
        text = ""
        for _ in range(source.choice([2, 5, 12, 30])):
            character = chr(source.randrange(*source.choice(ranges)))
            text += source.choice([character, character, character, source.choice(WORDS), " "])
        yield text


def texts():
    groups = [PROMPTS, CONTRACTIONS, EXCLAMATIONS, SPECIAL, NUMBERS, WHITE_SPACE, CONTROL, COMPOSITION, CASE, SCRIPTS]
    groups += [EMOJI, SIGNS, list(random_strings(100))]
    return list(dict.fromkeys(text for group in groups for text in group))


def byte_symbols():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(256 - len(printable))]


def load(files):
    """A tokenizer from the texts of its files, and the files as this transformers writes them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text)
        tokenizer = CLIPTokenizer.from_pretrained(folder)
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        return tokenizer, {path.name: path.read_text() for path in sorted(Path(folder).iterdir())}


def openai(pad_token):
    merges_txt = (ROOT / "sdxl" / "text" / "data" / "clip_merges.txt").read_text(encoding="utf-8")
    merges = merges_txt.split("\n")[1:-1]
    tokens = byte_symbols() + [symbol + "</w>" for symbol in byte_symbols()]
    tokens += [merge.replace(" ", "") for merge in merges] + [START, END]
    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": pad_token}
    files = {
        "vocab.json": json.dumps({token: i for i, token in enumerate(tokens)}),
        "merges.txt": merges_txt,
        "tokenizer_config.json": json.dumps({"model_max_length": 77, **special}),
    }
    return load(files)[0]


def small():
    """Few letters, merges whose ranks are not the order of their ids, ids with gaps, tokens as objects."""
    symbols = [*"acehost'!.123<>|", "\u00c3", "\u0142"]
    merges = ["t h", "c a", "ca t</w>", "th e</w>", "a t</w>", "c at</w>", "h e</w>", "t he</w>", "o o", "oo o", "o o</w>"]
    tokens = symbols + [s + "</w>" for s in symbols]
    tokens += reversed(list(dict.fromkeys(merge.replace(" ", "") for merge in merges)))
    vocabulary = {token: 3 * i for i, token in enumerate(tokens)} | {START: 1, END: 2, "<pad>": 4}
    flags = {"lstrip": False, "rstrip": False, "single_word": False}
    files = {
        "vocab.json": json.dumps(vocabulary),
        "merges.txt": "#version: 0.2\n" + "\n".join(merges) + "\n",
        "special_tokens_map.json": json.dumps(
            {
                "bos_token": {"content": START, "normalized": True, **flags},
                "eos_token": {"content": END, "normalized": False, **flags},
                "unk_token": END,
                "pad_token": "<pad>",
            }
        ),
        "tokenizer_config.json": json.dumps({"model_max_length": 12, "pad_token": "!"}),
    }
    tokenizer, files_now = load(files)
    again, _ = load(files_now)
    cases = [
        "", "the cat", "THE CAT! the oooooo", "zoo", "caf\u00e9 cat\u00e9", "a b c d e", "1239", START.upper() + "a", END.upper() + "a",
        "<pad>a<PAD>", "the's 's", "t h e", "hello " * 9, "\u5317\u4eac", "o" * 9, "a" + END + "a", "<|StartOfText|><|endoftext|>",
    ]  # fmt: skip
    for text in cases:
        assert ids(tokenizer, text) == ids(again, text), text
    return {
        "files": files,
        "files_now": files_now,
        "max_length": tokenizer.model_max_length,
        "cases": [{"text": text, "ids": ids(tokenizer, text, padding="max_length")} for text in cases],
    }


def ids(tokenizer, text, **options):
    return tokenizer(text, truncation=True, max_length=tokenizer.model_max_length, **options).input_ids


def main():
    first, second = openai(END), openai("!")
    cases = [
        {
            "text": text,
            "ids": ids(first, text),
            "ids_2": ids(second, text),
            "pieces": first.convert_ids_to_tokens(first(text).input_ids[1:-1]),
        }
        for text in texts()
    ]
    golden = {
        "script": "tests/make_goldens/tokenizer.py",
        "versions": f"transformers {transformers.__version__}",
        "small": small(),
        "openai": cases,
    }
    path = ROOT / "tests" / "goldens" / "tokenizer.json"
    path.write_text(json.dumps(golden, indent=0, separators=(",", ":")).replace(",\n", ",") + "\n")
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KB, {len(cases)} texts")


if __name__ == "__main__":
    main()
