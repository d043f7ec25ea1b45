// The demo model's long reply in French: shorter than the English one, but long enough to reload while it streams.

/** About 1,000 words of Markdown about a ship, its wake and how a reply resembles it. */
export const longAnswerInFrench = `# Le navire et son sillage

Vous vouliez quelque chose de long : voici une histoire de navire, qui est aussi celle des mots que vous êtes en train de lire. Pendant qu’elle avance, rechargez la page, ouvrez-la dans un second onglet, ou coupez le réseau un instant. Le texte devrait reprendre où il en était, sans qu’un mot manque et sans qu’aucun soit dit deux fois. À la fin, vous saurez pourquoi.

## Le départ

Un matin, un petit navire quitta le port avec un message à bord. Le capitaine avait promis de le réciter, mot après mot, à qui l’attendait sur la rive. Tout le monde fait ainsi la première fois : le navire part, il parle, on l’écoute depuis la jetée, et quand il a fini, il s’en va. Cela se construit en une journée, et l’effet est charmant. Au lieu d’attendre la fin du voyage, on entend les premiers mots presque aussitôt.

Le défaut n’est pas dans ce que fait le navire, mais dans ce qu’il suppose. Il suppose que la mer sera calme jusqu’au bout. Or un tunnel arrive, un ascenseur se ferme, un téléphone passe d’un réseau à l’autre, quelqu’un recharge la page parce qu’elle avait l’air étrange. Le navire disparaît derrière la brume, et le message disparaît avec lui. Sur la jetée, il ne reste qu’une demi-phrase et un bouton qui propose de recommencer. Recommencer, ce n’est pas continuer : c’est envoyer un autre navire, payer un autre voyage, et entendre un autre message.

## Le sillage

La solution est de remarquer que l’on avait confondu deux choses. Il y a le navire, qui va et vient, et il y a sa trace sur l’eau, qui reste. Le navire, c’est la connexion. La trace, c’est la réponse. Si l’on garde la trace, peu importe que le navire soit perdu : quiconque arrive plus tard voit encore par où il est passé.

Ici, avant même que le modèle soit interrogé, une trace est ouverte, avec un nom à elle. Ce que dit le modèle y est ajouté au fur et à mesure, par le serveur, que quelqu’un regarde ou non. Qui veut lire se présente, dit quelle trace il veut et jusqu’où il l’a déjà vue, reçoit ce qui suit, puis ce qui vient, à mesure que cela vient.

Beaucoup de choses deviennent alors simples :

- **Recharger la page**, c’est ouvrir une nouvelle connexion et tout redemander depuis le début.
- **Perdre le réseau**, c’est ouvrir une nouvelle connexion et demander la suite.
- **Un second onglet** n’est qu’un lecteur de plus de la même trace.
- **Un lecteur lent** ne retarde personne, puisque personne ne l’attend.
- **Partir n’est pas arrêter** : la réponse continue, et elle est entière à votre retour.

## Où en étais-je ?

Qui revient doit pouvoir dire où il en était. On pourrait compter les morceaux reçus : j’en ai quarante et un, donnez-moi le quarante-deuxième. Cela marche jusqu’au jour où deux morceaux sont réunis en un seul pour aller plus vite. Le quarante-deuxième n’est plus le même, et le lecteur manque un mot ou le lit deux fois.

Il vaut mieux mesurer le texte lui-même. Si la place dans une réponse est le nombre de caractères qui la précèdent, la façon dont le texte a été coupé en chemin n’a plus d’importance. Et le lecteur peut vérifier le compte : s’il en était à cent, et qu’un morceau de sept caractères dit finir à cent sept, tout va bien ; s’il dit finir à cent neuf, deux caractères manquent, et le lecteur le *sait*, au lieu d’afficher un texte un peu faux.

## D’abord garder, ensuite montrer

Un mot arrive. Il faut le ranger, et il faut le montrer. Par quoi commencer ? Montrer d’abord ferait gagner quelques millièmes de seconde. Mais supposez que le serveur s’éteigne entre les deux : quelqu’un a lu une phrase dont il ne reste aucune trace. Tout ce qui sera dit ensuite la contredira.

L’ordre est donc fixé : d’abord garder, ensuite montrer. C’est la vieille règle des livres de bord. On n’y promet que ce qui est écrit. Et pour que la règle ne coûte rien, on écrit en une fois tout ce qui est arrivé en quelques millièmes de seconde, pour toutes les réponses en cours ; personne ne remarque un délai aussi court.

## La fin du voyage

Comment savoir que la réponse est finie ? Pas au silence : un navire qui se tait peut avoir coulé. La fin est donc un mot comme les autres, le dernier, et elle dit pourquoi : le modèle avait tout dit, ou la longueur permise était atteinte, ou quelqu’un a pressé le bouton d’arrêt, ou quelque chose s’est mal passé. Une connexion qui se ferme sans ce mot n’est pas une fin, et le lecteur redemande simplement la suite.

Et si le serveur lui-même disparaît au milieu d’une phrase ? À son retour, il cherche les traces qui n’ont pas de fin, et leur en donne une : *interrompue*. Ce n’est pas une fin heureuse, mais elle est honnête, et ce qui était arrivé est gardé.

## Ce que veut dire arrêter

Il reste un dernier point, que la première façon de faire prenait à l’envers. Là-bas, fermer la page était la seule manière d’arrêter. Ici, fermer la page ne dit rien de la réponse : on s’en va, voilà tout. Arrêter est un souhait à part entière, que l’on exprime par un bouton, depuis n’importe quel onglet ou appareil, et qui va jusqu’au modèle pour qu’il cesse vraiment de parler. C’est un peu plus de travail ; en échange, les deux choses peuvent être dites, et personne ne les confond.

## Le retour au port

Le petit navire est rentré depuis longtemps. D’autres sont partis, quelques-uns ont été perdus en chemin, et sur la jetée personne n’a manqué un mot. Si vous avez rechargé cette page en lisant, vous avez vu tout cela à l’œuvre. Sinon, c’est le moment : l’histoire finit ici.`;
