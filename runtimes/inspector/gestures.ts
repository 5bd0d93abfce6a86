/** What pointers and wheels do on the timeline. */

/** What there is to do; places are in pixels of the canvas. */
export interface Gestures {
  press(x: number, y: number): void
  hover(x: number, y: number): void
  /** By so many pixels, to the right when positive. */
  pan(by: number): void
  zoom(factor: number): void
}

/** Listens on the canvas, as long as that lives. */
export function listenTo(canvas: HTMLCanvasElement, gestures: Gestures): void {
  canvas.addEventListener('wheel', (event) => wheel(event, gestures), { passive: false })
  canvas.addEventListener('pointerdown', (event) => press(canvas, event, gestures))
  canvas.addEventListener('pointermove', ({ offsetX, offsetY, buttons }) => {
    if (buttons === 0) gestures.hover(offsetX, offsetY)
  })
}

/** Upright it scrolls, as everywhere; sideways or with Shift it moves through time, with Ctrl or a pinch it scales. */
function wheel(event: WheelEvent, { pan, zoom }: Gestures): void {
  const { deltaX, deltaY, shiftKey, ctrlKey } = event
  const sideways = shiftKey && deltaX === 0 ? deltaY : deltaX
  if (ctrlKey) zoom(deltaY > 0 ? 1.2 : 1 / 1.2)
  else if (Math.abs(sideways) > (shiftKey ? 0 : Math.abs(deltaY))) pan(sideways)
  else return
  event.preventDefault()
}

/** A press chooses what it is on; a press that moves pulls the timeline. */
function press(canvas: HTMLCanvasElement, { offsetX, offsetY, pointerId }: PointerEvent, gestures: Gestures): void {
  gestures.press(offsetX, offsetY)
  let x = offsetX
  const move = (event: PointerEvent): void => {
    if (event.pointerId !== pointerId) return
    if (x !== event.offsetX) gestures.pan(x - event.offsetX)
    x = event.offsetX
  }
  const end = (): void => {
    canvas.removeEventListener('pointermove', move)
    for (const type of ['pointerup', 'pointercancel'] as const) canvas.removeEventListener(type, end)
  }
  if (canvas.isConnected) canvas.setPointerCapture(pointerId)
  canvas.addEventListener('pointermove', move)
  for (const type of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(type, end)
}
