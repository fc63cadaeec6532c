"""The language that is offered."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.language import LANGUAGES, guess

SENTENCES = {
    "en": """Where is the station?|I don't know.|She is good-natured.|What happens now?|I have so many ideas.
        Someone is knocking on the door.|The lake is deepest here.|We knew something had to be done.|He came late.
        Thank you very much.|How much does this cost?|It was my fault.|I am hungry.|My brother lives in London.
        You are always busy.|This is too fast.|Have you seen my keys?|Let's go home.|The weather is nice today.
        They bought a new house.|Can you help me?""",
    "fr": """Où est la gare ?|Je ne sais pas.|Elle a une bonne nature.|Que se passe-t-il, maintenant ?
        J'ai tant d'idées !|On frappe à la porte.|Nous savions qu'il y avait quelque chose à faire.|Il est arrivé tard.
        Merci beaucoup.|Combien ça coûte ?|C'était ma faute.|J'ai faim.|Mon frère habite à Londres.
        Tu es toujours occupé.|C'est trop rapide.|As-tu vu mes clés ?|Rentrons à la maison.|Il fait beau aujourd'hui.
        Ils ont acheté une nouvelle maison.|Pouvez-vous m'aider ?|Je t'aime.""",
    "de": """Wo ist der Bahnhof?|Ich weiß es nicht.|Vierzig Jahre sind vergangen.|Es war meine Schuld.
        Das ist zu schnell.|Der Kaffee ist heiß.|Ich habe gearbeitet.|Das hier muss aufhören.|Ihr könnt nicht gehen.
        Sie schaute sich um.|Ist das ein Eichhörnchen?|Er kam spät an.|Ich mag Fußball am liebsten.
        Hast du das gesehen?|Vielen Dank!|Wie viel kostet das?|Mein Bruder wohnt in London.|Kannst du mir helfen?
        Heute ist schönes Wetter.|Wir gehen nach Hause.|Das ist gut.""",
    "es": """¿Dónde está la estación?|No lo sé.|Es mi única oportunidad.|Vamos a salir.|Quiero un baño.
        Aquí nadie está seguro.|Ella tiene el cabello seco.|Éste es nuestro hogar.|Esa es mi escuela.|Te quiero mucho.
        ¿Puedo ir a trabajar?|Este es un cubo de hielo.|Esto no es seguro.|¿Tiene calor Tom?|Muchas gracias.
        ¿Cuánto cuesta esto?|Tengo mucha hambre.|Mi hermano vive en Londres.|¿Puedes ayudarme?|Hoy hace buen tiempo.
        Compraron una casa nueva.""",
    "zh": """你好吗？|你叫什么名字？|我叫李明。|让我来。|你听得见吗？|我有许多唱片。|没那么冷。|我该走了。
        火车站在哪里？|我不知道。|谢谢你。|这个多少钱？|这是我的错。|我饿了。|我哥哥住在伦敦。|你总是很忙。|太快了。|我們回家吧。|今天天气很好。
        他們買了一棟新房子。|看 Netflix 吗？""",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_short_sentences_are_known(language):
    sentences = [part.strip() for line in SENTENCES[language].splitlines() for part in line.split("|") if part.strip()]
    guesses = [guess(sentence) for sentence in sentences]
    assert len(sentences) >= 20
    assert set(guesses) <= {language, None}
    assert guesses.count(language) >= 0.9 * len(sentences), list(zip(sentences, guesses, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        *["", " \n", "123", "😀", "!?", "chat", "hallo 123", "https://www.example.com/the/house", "tom@example.org"],
        *[
            "元気ですか。",
            "日本語の本です。",
            "안녕하세요",
            "Привет, как дела?",
            "مرحبا بالعالم",
            "שלום",
            "Ciao, come stai?",
        ],
    ],
)
def test_what_leaves_it_open_gets_no_guess(text):
    assert guess(text) is None


@given(st.text())
def test_any_text_is_taken(text):
    assert guess(text) in {*LANGUAGES, None}


def test_lone_surrogates_are_taken():
    assert guess("\ud800") is None


def test_the_package_loads_no_language_model():
    code = "import s2s, s2s.language, s2s.translator, sys; sys.exit('py3langid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
