// Replies of the demo model. They claim no knowledge, but show the formatting of replies in the language of the
// message.
import { longAnswer } from './demo-long-answer.ts';
import { longAnswerInFrench } from './demo-long-answer-fr.ts';

/** Returns the reply to a message: a long text, code or a table on request, else a short explanation of the demo. */
export function demoAnswer(message: string): string {
  const words = isFrench(message) ? french : english;
  if (/\b(long|longer|longue|longs|longues|essay|dissertation)\b/i.test(message))
    return `${words.intro} ${words.beforeLong}\n\n${words.long}`;
  if (/\b(code|function|fonction|script|typescript|javascript|python|snippet)\b/i.test(message)) {
    return `${words.intro}\n\n${words.code}`;
  }
  if (/\b(table|tableau|tabular|compare|comparer)\b/i.test(message)) return `${words.intro}\n\n${words.table}`;
  if (/\bsillage\b.*\bmean|\bmean\w*\b.*\bsillage\b|(veut dire|signifie).*\bsillage\b/i.test(message)) {
    return `${words.sillage}\n\n${words.intro}`;
  }
  return `${words.greeting}\n\n${words.intro}\n\n${words.hint}`;
}

/** Whether a text is French, by its accents and most frequent words. A tie counts as English. */
function isFrench(message: string): boolean {
  const french = message.match(
    /[àâçèêëîïôûùœ]|\b(le|la|les|un|une|des|du|est|et|que|qui|pour|avec|dans|bonjour|salut|merci|je|tu|vous|moi|fais|donne|montre|écris|réponse)\b/gi,
  );
  const english = message.match(
    /\b(the|an?|is|are|and|of|to|what|who|how|for|with|in|hello|hi|thanks|i|you|me|make|give|show|write|answer)\b/gi,
  );
  return (french?.length ?? 0) > (english?.length ?? 0);
}

interface Words {
  readonly greeting: string;
  readonly intro: string;
  readonly hint: string;
  readonly code: string;
  readonly table: string;
  readonly beforeLong: string;
  readonly long: string;
  readonly sillage: string;
}

const sample = `\`\`\`ts
async function* readEvents(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  let rest = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + piece).split('\\n\\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\\n').filter((line) => line.startsWith('data:'));
      if (lines.length > 0) yield lines.map((line) => line.slice(5).trimStart()).join('\\n');
    }
  }
}
\`\`\``;

const english: Words = {
  greeting: 'Hello! 👋',
  intro:
    'I am the **demo model** of Sillage: my answers are written beforehand, no real model is behind me. ' +
    'To connect one, set `ai_api_key` (or `ai_api_url`, for any OpenAI-compatible server) and start again.',
  beforeLong: 'Here is something long: the story of a reply, in which a ship leaves its wake.',
  long: longAnswer,
  sillage: [
    '*Sillage* is French for **wake**: the trail that a ship leaves on the water behind it. Perfumers say it, too, of the ' +
      'scent that stays in a room after somebody has left.',
    'Here the ship is the connection, and the wake is the reply. The connection may go; the reply stays.',
  ].join('\n\n'),
  hint: [
    'Meanwhile, everything around me is real. Try it:',
    '',
    '- **Reload this page** in the middle of an answer: it goes on where it was.',
    '- **Press stop**: the model is stopped too, not only the display.',
    '- Ask me for *code*, for a *table*, or for a *long* answer.',
  ].join('\n'),
  code: [
    'This function reads server-sent events, one at a time:',
    sample,
    'The decoder puts together characters that were cut on their way. What comes after the last blank line is not a whole event yet: it waits in `rest` for the next piece. Leaving the loop ends the generator, and with it the connection.',
    'A client of real life knows more: other line ends, the `id` of each event, and how to resume behind it. `createAIStream` of `@sillage/client` does all of that.',
  ].join('\n\n'),
  table: [
    'Here is what becomes of a reply when something goes wrong:',
    '',
    '| What happens | What you see | What is lost |',
    '| --- | --- | --- |',
    '| You reload the page | The reply goes on | Nothing |',
    '| The network drops | A short pause | Nothing |',
    '| The server dies | The reply so far, marked as interrupted | What the model had not said yet |',
    '| You press stop | The reply so far | Nothing you wanted |',
  ].join('\n'),
};

const french: Words = {
  greeting: 'Bonjour ! 👋',
  intro:
    'Je suis le **modèle de démonstration** de Sillage : mes réponses sont écrites d’avance, aucun vrai modèle ne se ' +
    'trouve derrière moi. Pour en brancher un, réglez `ai_api_key` (ou `ai_api_url`, pour tout serveur compatible ' +
    'avec OpenAI) puis redémarrez.',
  beforeLong: 'Voici un long texte : l’histoire d’un navire et de son sillage.',
  long: longAnswerInFrench,
  sillage: [
    'Le **sillage** est la trace qu’un navire laisse derrière lui sur l’eau. Les parfumeurs le disent aussi de l’odeur qui ' +
      'reste dans une pièce quand quelqu’un en est sorti.',
    'Ici, le navire est la connexion, et le sillage est la réponse. La connexion peut partir ; la réponse reste.',
  ].join('\n\n'),
  hint: [
    'En attendant, tout le reste est vrai. Essayez :',
    '',
    '- **Rechargez la page** au milieu d’une réponse : elle reprend où elle en était.',
    '- **Appuyez sur stop** : le modèle s’arrête aussi, pas seulement l’affichage.',
    '- Demandez-moi du *code*, un *tableau* ou une *longue* réponse.',
  ].join('\n'),
  code: [
    'Cette fonction lit des Server-Sent Events, un par un :',
    sample,
    'Le décodeur recolle les caractères coupés en chemin. Ce qui suit la dernière ligne vide n’est pas encore un événement entier : il attend dans `rest` le morceau suivant. Quitter la boucle met fin au générateur, et à la connexion avec lui.',
    'Un vrai client en sait davantage : les autres fins de ligne, l’`id` de chaque événement, et comment reprendre derrière lui. `createAIStream` de `@sillage/client` fait tout cela.',
  ].join('\n\n'),
  table: [
    'Voici ce que devient une réponse quand quelque chose tourne mal :',
    '',
    '| Ce qui arrive | Ce que vous voyez | Ce qui est perdu |',
    '| --- | --- | --- |',
    '| Vous rechargez la page | La réponse continue | Rien |',
    '| Le réseau tombe | Une courte pause | Rien |',
    '| Le serveur meurt | La réponse jusque-là, dite interrompue | Ce que le modèle n’avait pas encore dit |',
    '| Vous appuyez sur stop | La réponse jusque-là | Rien que vous vouliez |',
  ].join('\n'),
};
