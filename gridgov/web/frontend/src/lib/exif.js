// Where a photo says that it was taken: the GPS tags of a JPEG's EXIF, read on the phone itself.
const GPS = 0x8825;

export async function placeOf(file) {
  if (file.type && file.type !== "image/jpeg") return null;
  try {
    return read(new DataView(await file.slice(0, 262144).arrayBuffer()));
  } catch {
    return null; // cut off or damaged: then nothing is proposed
  }
}

function read(view) {
  if (view.getUint16(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 4 < view.byteLength) {
    const marker = view.getUint16(at);
    if (marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return tiff(view, at + 10);
    if ((marker & 0xff00) !== 0xff00) return null;
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function tiff(view, start) {
  const little = view.getUint16(start) === 0x4949;
  const u16 = (at) => view.getUint16(start + at, little);
  const u32 = (at) => view.getUint32(start + at, little);
  const entries = (at) => {
    const found = new Map();
    for (let i = 0; i < u16(at); i++) found.set(u16(at + 2 + i * 12), at + 2 + i * 12);
    return found;
  };
  const first = entries(u32(4)).get(GPS);
  if (first === undefined) return null;
  const gps = entries(u32(first + 8));
  const degrees = (tag, reference, negative) => {
    const at = u32(gps.get(tag) + 8);
    const part = (i) => u32(at + i * 8) / u32(at + i * 8 + 4);
    const sign = view.getUint8(start + gps.get(reference) + 8) === negative ? -1 : 1;
    return sign * (part(0) + part(1) / 60 + part(2) / 3600);
  };
  const lat = degrees(2, 1, 0x53);
  const lon = degrees(4, 3, 0x57);
  return Number.isFinite(lat) && Number.isFinite(lon) && (lat || lon) ? { lon, lat } : null;
}
