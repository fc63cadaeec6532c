"""The models as their papers write them: one sentence, one step, one position at a time, in float64 numpy.

Slow and plain on purpose: what the package computes for whole batches has to agree with this.
"""

import numpy as np

from s2s.pieces import START


def softmax(scores):
    exponents = np.exp(np.array(scores) - max(scores))
    return exponents / exponents.sum()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Weights(dict):
    """The weights of one module by their names; `at` enters a module inside it."""

    def at(self, *names):
        prefix = ".".join(map(str, names)) + "."
        return Weights({name.removeprefix(prefix): value for name, value in self.items() if name.startswith(prefix)})

    def linear(self, x):
        return self["weight"] @ x + self.get("bias", 0)


def recur(cell, layer, x, state):
    """One step of a cell: its new state, which begins with its output."""
    size = layer["weight_hh_l0"].shape[1]
    h = state[:size]
    from_input = layer["weight_ih_l0"] @ x + layer["bias_ih_l0"]
    from_state = layer["weight_hh_l0"] @ h + layer["bias_hh_l0"]
    if cell == "rnn":
        return np.tanh(from_input + from_state)
    if cell == "gru":
        reset, update, new = from_input.reshape(3, size)
        reset_state, update_state, new_state = from_state.reshape(3, size)
        z = sigmoid(update + update_state)
        return (1 - z) * np.tanh(new + sigmoid(reset + reset_state) * new_state) + z * h
    take, forget, new, give = (from_input + from_state).reshape(4, size)
    c = sigmoid(forget) * state[size:] + sigmoid(take) * np.tanh(new)
    return np.concatenate([sigmoid(give) * np.tanh(c), c])


def read(cell, layer, inputs):
    """The outputs of a layer that reads from left to right, from a zero state."""
    size = layer["weight_hh_l0"].shape[1]
    state, outputs = np.zeros(2 * size if cell == "lstm" else size), []
    for x in inputs:
        state = recur(cell, layer, x, state)
        outputs.append(state[:size])
    return outputs


def encode(config, encoder, inputs):
    """The states h_1 … h_n, and the fixed context c."""
    for number in range(config.encoder_layers):
        layer = encoder.at("layers", number)
        if number >= config.encoder_layers - config.pyramid_layers:  # Chan et al. 2016, equation 5
            even = [*inputs, np.zeros_like(inputs[0])] if len(inputs) % 2 else inputs
            inputs = [np.concatenate([even[2 * i], even[2 * i + 1]]) for i in range(len(even) // 2)]
        forwards = read(config.cell, layer.at("forwards", "layer"), inputs)
        last = forwards[-1]
        if config.bidirectional:
            backwards = read(config.cell, layer.at("backwards", "layer"), inputs[::-1])
            last = np.concatenate([last, backwards[-1]])
            forwards = [np.concatenate(both) for both in zip(forwards, backwards[::-1], strict=True)]
        inputs = forwards
    return inputs, last


def bahdanau_score(attention, q, h, located=0):
    """v · tanh(W q + U h), Bahdanau et al. 2015, A.1.2; with a bias."""
    inner = attention["query.weight"] @ q + attention["key.weight"] @ h + attention["key.bias"] + located
    return sum(v * np.tanh(x) for v, x in zip(attention["vector.weight"][0], inner, strict=True))


def luong_dot_score(attention, q, h):
    """q · h, Luong et al. 2015, equation 8."""
    return sum(a * b for a, b in zip(q, h, strict=True))


def luong_general_score(attention, q, h):
    """q · W h, Luong et al. 2015, equation 8."""
    weight = attention["key.weight"]
    return sum(q[i] * weight[i, j] * h[j] for i in range(len(q)) for j in range(len(h)))


def luong_concat_score(attention, q, h):
    """v · tanh(W [q; h]), Luong et al. 2015, equation 8."""
    inner = attention["both.weight"] @ np.concatenate([q, h])
    return sum(v * np.tanh(x) for v, x in zip(attention["vector.weight"][0], inner, strict=True))


def scaled_dot_score(attention, q, h):
    """q · h / sqrt(d), Vaswani et al. 2017, equation 1."""
    return luong_dot_score(attention, q, h) / np.sqrt(len(q))


def location_score(attention, q, h, before, i):
    """v · tanh(W q + U h + L f_i), f = F * a_{t-1}, Chorowski et al. 2015, equations 8 and 9."""
    filters = attention["filters.weight"][:, 0]
    reach = filters.shape[1] // 2
    f = np.zeros(len(filters))
    for offset in range(-reach, reach + 1):
        if 0 <= i + offset < len(before):
            f += filters[:, reach + offset] * before[i + offset]
    return bahdanau_score(attention, q, h, located=attention["location.weight"] @ f)


def coverage_score(attention, q, h, before, i):
    """v · tanh(W q + U h + w_c c_i), See et al. 2017, equation 11."""
    return bahdanau_score(attention, q, h, located=attention["covered.weight"][:, 0] * before[i])


# A new attention kind gets its row here; the laws in test_model*.py then run for it.
SCORES = {
    "bahdanau": bahdanau_score,
    "luong-dot": luong_dot_score,
    "luong-general": luong_general_score,
    "luong-concat": luong_concat_score,
    "scaled-dot": scaled_dot_score,
    "location": location_score,
}


class Look:
    """The attention of one sentence; it remembers where it looked. In step t of `only` (t, i) it looks at i alone."""

    def __init__(self, config, attention, states, fixed, only=None):
        self.kind, self.attention, self.states, self.fixed = config.attention, attention, states, fixed
        self.covers, self.only = config.coverage, only
        self.rows = [np.eye(len(states))[0]]  # a_0

    def __call__(self, q):
        """The context c_t for a query."""
        if self.kind == "none":
            return self.fixed
        score = coverage_score if self.covers else SCORES[self.kind]
        positions = range(len(self.states))
        before = sum(self.rows[1:], np.zeros(len(positions))) if self.covers else self.rows[-1]
        looking_back = [(before, i) if self.covers or self.kind == "location" else () for i in positions]
        self.rows.append(softmax([score(self.attention, q, self.states[i], *looking_back[i]) for i in positions]))
        if self.only and self.only[0] == len(self.rows) - 2:
            self.rows[-1] = np.eye(len(positions))[self.only[1]]
        return sum(self.rows[-1][i] * self.states[i] for i in positions)


def decode(config, decoder, look, embedded):
    """The features of each step, and its p_gen."""
    cell, size = config.cell, config.hidden_size
    layers = [decoder.at("layers", number, "layer") for number in range(config.decoder_layers)]
    states = [np.tanh(decoder.at("bridges", number).linear(look.fixed)) for number in range(len(layers))]
    combine, features, shares = decoder.at("combine"), [], []

    def move(number, *inputs):
        states[number] = recur(cell, layers[number], np.concatenate(inputs), states[number])
        return states[number][:size]

    for y in embedded:
        if config.wiring == "stacked":
            s = move(0, y)
            c = look(s)
            for number in range(1, len(layers)):
                s = move(number, s, c)
            read_out = [s, c]
        elif config.attention in ("none", "bahdanau", "location"):
            c = look(states[-1][:size])
            s = move(0, y, c)
            for number in range(1, len(layers)):
                s = move(number, s, c)
            read_out = [s, c, y]
        else:
            s = move(0, y, features[-1] if features else np.zeros(config.embedding_size))
            for number in range(1, len(layers)):
                s = move(number, s)
            c = look(s)
            read_out = [s, c]
        features.append(np.tanh(combine.linear(np.concatenate(read_out))))
        if config.copy:  # See et al. 2017, equation 8
            shares.append(sigmoid(decoder.at("gate").linear(np.concatenate([c, s, y]))[0]))
    return features, shares


def mixed(vocabulary, attention, source, share):
    """P(w) = p_gen P_vocab(w) + (1 - p_gen) Σ_{i: w_i = w} a_i, See et al. 2017, equation 9."""
    probabilities = share * vocabulary
    for weight, piece in zip(attention, source, strict=True):
        probabilities[piece] += (1 - share) * weight
    return probabilities


def predict(model, source, target, only=None):
    """Log-probabilities [T, V] of one target, and its attention [T, S] or None; `source` is ids or frames."""
    config = model.config
    weights = Weights({name: value.double().numpy() for name, value in model.state_dict().items()})
    table = weights["embedding.weight"]
    embedding = table * np.sqrt(config.embedding_size)
    if config.frame_size is None:
        inputs = [embedding[i] for i in source]
    else:
        inputs = [weights.at("frames").linear(frame) for frame in source.double().numpy()]
    states, fixed = encode(config, weights.at("encoder"), inputs)
    look = Look(config, weights.at("decoder", "attention"), states, fixed, only)
    features, shares = decode(config, weights.at("decoder"), look, [embedding[i] for i in [START, *target[:-1]]])
    rows = [softmax(table @ each + weights["output_bias"]) for each in features]
    if config.copy:
        rows = [mixed(*each) for each in zip(rows, look.rows[1:], [source] * len(rows), shares, strict=True)]
    return np.log(rows), None if config.attention == "none" else np.array(look.rows[1:])


def posterior(model, source, target):
    """P(i | y_t) = a_ti P(y_t | c_t = h_i) / Σ_j a_tj P(y_t | c_t = h_j), [T, S]: Bayes' rule, one number at a time."""
    _, attention = predict(model, source, target)
    found = np.zeros_like(attention)
    for t, i in np.ndindex(*attention.shape):
        log_probs, _ = predict(model, source, target[: t + 1], only=(t, i))
        found[t, i] = attention[t, i] * np.exp(log_probs[t, target[t]])
    return found / found.sum(axis=1, keepdims=True)
