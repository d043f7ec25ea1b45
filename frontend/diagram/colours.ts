// The colours of a diagram, close to those of styles/tokens.css. Mermaid derives others from them, and reads only sRGB.

const light = {
  background: '#fafcfd',
  primaryColor: '#eff4f7',
  mainBkg: '#eff4f7',
  primaryTextColor: '#1b232b',
  primaryBorderColor: '#6b7884',
  nodeBorder: '#6b7884',
  secondaryColor: '#dfe8ee',
  tertiaryColor: '#f6f9fb',
  lineColor: '#4a5661',
  textColor: '#1b232b',
  pieStrokeColor: '#6b7884',
  pieOuterStrokeColor: '#6b7884',
};

const dark: typeof light = {
  background: '#0d1317',
  primaryColor: '#1c252c',
  mainBkg: '#1c252c',
  primaryTextColor: '#e7edf1',
  primaryBorderColor: '#7b8894',
  nodeBorder: '#7b8894',
  secondaryColor: '#27323b',
  tertiaryColor: '#161e24',
  lineColor: '#a9b6c0',
  textColor: '#e7edf1',
  pieStrokeColor: '#7b8894',
  pieOuterStrokeColor: '#7b8894',
};

/** Theme variables of Mermaid by colour scheme. */
export const colours = { light, dark };
