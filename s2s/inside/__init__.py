"""What a visitor can ask a model with the hands: questions about one sentence, each a function over a Translator.

Read walk (all that the model thinks while it writes a given target), then branches (another word, and on from there),
surgery (other weights), beam_tree, judgement (a translation of your own), explanation (is attention the explanation?),
states and gold. Plain values and numpy come back, ready for figures and for JSON.
"""
