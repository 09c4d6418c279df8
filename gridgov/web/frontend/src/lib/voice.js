// A minute of voice: recorded where the browser can, handed over as a file.
export const MOST_SECONDS = 60;
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export const canRecord = () =>
  Boolean(navigator.mediaDevices?.getUserMedia && window.MediaRecorder);

export async function record(onSecond) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, kind ? { mimeType: kind } : undefined);
  const pieces = [];
  let seconds = 0;
  recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
  const done = new Promise((resolve) => {
    recorder.addEventListener("stop", () => {
      clearInterval(timer);
      for (const track of stream.getTracks()) track.stop();
      const type = recorder.mimeType.split(";")[0];
      const ending = { "audio/mp4": "m4a", "audio/ogg": "ogg" }[type] ?? "webm";
      resolve(new File(pieces, `voice.${ending}`, { type }));
    });
  });
  const stop = () => recorder.state !== "inactive" && recorder.stop();
  const timer = setInterval(() => {
    seconds += 1;
    onSecond(seconds);
    if (seconds >= MOST_SECONDS) stop();
  }, 1000);
  recorder.start();
  return { stop, done };
}
