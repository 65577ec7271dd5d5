"""What cannot have been meant is not read as something else."""

import tempfile
import unittest

from contract.reading import load_yaml


class ReadingTests(unittest.TestCase):
    def read(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            return load_yaml(file.name)

    def test_a_sentence_that_falls_apart_is_refused(self):
        with self.assertRaisesRegex(ValueError, "'or not' is the rest of a sentence"):
            self.read("a: { description: Shown, or not, type: string }")

    def test_the_same_in_quotes_is_read_and_so_is_a_null_that_is_meant(self):
        self.assertEqual(self.read('{ description: "Shown, or not" }'), {"description": "Shown, or not"})
        self.assertEqual(self.read('{ "coffee club": null }'), {"coffee club": None})

    def test_a_member_that_stands_twice_is_refused(self):
        with self.assertRaisesRegex(ValueError, "a stands twice"):
            self.read("{ a: 1, a: 2 }")


if __name__ == "__main__":
    unittest.main()
