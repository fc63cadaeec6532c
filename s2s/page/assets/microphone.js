/** The microphone: what is said, as a wav file of one channel, made in the browser, so that the server needs no codec. */

const RATE = 16000;

/** A recording at work. */
export class Recording {
  /** @param {MediaStream} stream */
  constructor(stream) {
    this.stream = stream;
    this.chunks = [];
    this.recorder = new MediaRecorder(stream);
    this.recorder.addEventListener("dataavailable", ({ data }) => this.chunks.push(data));
    this.recorder.start();
  }

  /**
   * Asks for the microphone and begins.
   *
   * @returns {Promise<Recording>} rejected if the browser gives none
   */
  static async begin() {
    return new Recording(await navigator.mediaDevices.getUserMedia({ audio: true }));
  }

  /** @returns {Promise<Blob>} the wav file of what was said */
  async end() {
    const ended = new Promise((resolve) => this.recorder.addEventListener("stop", resolve, { once: true }));
    this.recorder.stop();
    await ended;
    for (const track of this.stream.getTracks()) track.stop();
    const content = await new Blob(this.chunks).arrayBuffer();
    const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(content);
    return wav(mono(decoded));
  }
}

/** @param {AudioBuffer} sound */
function mono(sound) {
  const samples = new Float32Array(sound.length);
  for (let channel = 0; channel < sound.numberOfChannels; channel++) {
    const data = sound.getChannelData(channel);
    for (let place = 0; place < samples.length; place++) samples[place] += data[place] / sound.numberOfChannels;
  }
  return samples;
}

/** @param {Float32Array} samples - in [-1, 1], RATE a second */
function wav(samples) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const write = (place, text) => [...text].forEach((letter, index) => view.setUint8(place + index, letter.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // of the format: plain numbers, one channel, 16 bits
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, place) => view.setInt16(44 + 2 * place, 32767 * Math.max(-1, Math.min(1, sample)), true));
  return new Blob([view], { type: "audio/wav" });
}
