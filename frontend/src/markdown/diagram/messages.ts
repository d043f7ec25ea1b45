// The messages between the page and the frame that draws a diagram.

/** Asks the frame to draw a diagram. */
export interface DiagramRequest {
  readonly source: string;
  readonly isDark: boolean;
}

/** An SVG with its natural size, in CSS pixels. */
export interface Drawing {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** `ready` once the frame accepts a request, then one result. */
export type DiagramResult = 'ready' | Drawing | { readonly error: string };
