"""What the server does before its first request."""

import subprocess
import sys


def test_the_dictionary_of_pinyin_is_loaded_before_a_reader_waits_for_it() -> None:
    code = "import balis.wsgi; from catalog.search import pinyin; print(pinyin._segmenter.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
