"""Speech as a visitor uses it: samples, files, and a microphone that Chromium plays a file into."""

import re

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from s2s.audio import RATE, log_mel, read_audio
from s2s.models import EMBEDDED
from s2s.page.speech_words import SPEECH
from s2s.transcriber import Transcriber
from s2s.transcription import word_rows
from s2s.translator import Translator
from tests.browser.conftest import CHROMIUM_ARGS
from tests.browser.looks import expect_chinese, expect_no_scrolling_aside, expect_open_to_all, on_a_phone

TIMEOUT_MS = 60_000  # the machine may be busy
SAMPLES = sorted((EMBEDDED / "digits").glob("sample-*.flac"))
HEARD = ("three seven one", "five zero nine four", "two eight eight six")
DRAWN = "document.querySelector('#speech-figure .js-plotly-plot')?._fullData?.map(({z}) => z.map(row => [...row]))"


def opened(page):
    """The section, with its first sample listened to."""
    page.set_default_timeout(TIMEOUT_MS)
    page.goto("about:blank")
    page.goto("/")
    page.get_by_role("tab", name="More tasks").or_(page.get_by_role("tab", name="更多任务")).click()
    expect_heard(page, HEARD[0])
    page.wait_for_function(f"{DRAWN}?.length === 2")
    return page


def expect_heard(page, text):
    expect(page.locator("#speech-words")).to_have_text("".join(text.split()), timeout=TIMEOUT_MS)


@pytest.fixture
def speech(page):
    return opened(page)


def test_the_figure_shows_the_frames_and_beneath_them_the_attention_of_each_word(speech):
    sound = read_audio(SAMPLES[0])
    found = Transcriber(Translator.load(EMBEDDED / "digits")).transcribe(sound)
    spectrogram, attention = speech.evaluate(DRAWN)
    np.testing.assert_allclose(spectrogram, log_mel(sound).T, atol=1e-3)
    np.testing.assert_allclose(attention, word_rows(found.hypotheses[0]), atol=0.02)
    axes = speech.evaluate(
        "(({xaxis, yaxis2}) => [xaxis.range, yaxis2.ticktext])"
        "(document.querySelector('#speech-figure .js-plotly-plot')._fullLayout)"
    )
    assert axes == [[0, found.seconds], HEARD[0].split()]


def test_a_press_on_a_word_plays_its_stretch_with_a_cursor_that_ends_there(speech):
    speech.evaluate(
        "() => { window.places = []; new MutationObserver(() => window.places.push("
        "parseFloat(document.querySelector('.speech-cursor').style.left))).observe("
        "document.querySelector('.speech-cursor'), {attributes: true}); }"
    )
    title = speech.locator("#speech-words button").nth(1).get_attribute("title")
    begin, end = (float(part) for part in title.split(" s")[0].split("–"))
    speech.locator("#speech-words button").nth(1).click()
    speech.wait_for_function("window.places.some(Number.isFinite)")
    expect(speech.locator("#speech-play")).to_have_text("Play", timeout=TIMEOUT_MS)
    places = speech.evaluate(
        "() => { const axis = document.querySelector('#speech-figure .js-plotly-plot')._fullLayout.xaxis;"
        " return window.places.filter(Number.isFinite).map(place => axis.p2l(place - axis._offset)); }"
    )
    assert min(places) == pytest.approx(begin, abs=0.1)
    assert max(places) <= end + 0.1


def test_samples_and_files_are_listened_to(speech, tmp_path):
    speech.get_by_role("button", name="Sample 2").click()
    expect_heard(speech, HEARD[1])
    stereo = np.stack([np.repeat(read_audio(SAMPLES[2]), 6)] * 2, axis=1)
    soundfile.write(tmp_path / "stereo.wav", stereo, 6 * RATE)
    speech.set_input_files("#speech-file", tmp_path / "stereo.wav")
    expect_heard(speech, HEARD[2])


def test_a_file_that_is_no_sound_is_refused_and_what_was_heard_stays(speech, tmp_path):
    (tmp_path / "text.wav").write_text("Just a text.")
    speech.set_input_files("#speech-file", tmp_path / "text.wav")
    speech.get_by_text("text.wav cannot be read as sound").wait_for()
    expect_heard(speech, HEARD[0])


def test_what_is_said_into_the_microphone_is_heard(chromium, chromium_path, server, tmp_path, page_problems):
    said = np.concatenate([np.zeros(RATE, np.float32), read_audio(SAMPLES[0]), np.zeros(4 * RATE, np.float32)])
    soundfile.write(tmp_path / "said.wav", np.repeat(said, 6), 6 * RATE)
    fake = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={tmp_path / 'said.wav'}%noloop",
    ]
    browser = chromium.browser_type.launch(executable_path=chromium_path, args=[*CHROMIUM_ARGS, *fake])
    try:
        page = browser.new_context(base_url=server, locale="en-US", permissions=["microphone"]).new_page()
        opened(page)
        page.get_by_role("button", name="Sample 2").click()
        expect_heard(page, HEARD[1])
        page.locator("#speech-record").click()
        expect(page.locator("#speech-record")).to_have_text(
            re.compile(r"Stop \((4|5|6|7|8|9|\d\d) s\)"), timeout=TIMEOUT_MS
        )
        page.locator("#speech-record").click()
        expect_heard(page, HEARD[0])
    finally:
        browser.close()


def test_on_a_telephone_and_in_chinese_nothing_is_cut(chinese_page):
    visitor = opened(chinese_page)
    with on_a_phone(visitor):
        expect_no_scrolling_aside(visitor)
        expect_chinese(visitor, "#speech", SPEECH, ("speech_lead", "speech_upload", "speech_figure_help"))


def test_axe_finds_nothing_serious_in_speech(speech):
    expect_open_to_all(speech, "#speech")
