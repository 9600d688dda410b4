/** Milliseconds that a witness has to take a checkpoint. */
const patience = 10_000;

/**
 * Sends a checkpoint to where whoever writes here cannot change it.
 *
 * @param url gets the note by POST, as text
 * @throws when it does not answer with 2xx within 10 seconds
 */
export async function sendToWitness(url: string, note: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: note,
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the witness answered ${response.status}`);
}
