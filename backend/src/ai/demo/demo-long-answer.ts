// The demo model's long reply: long enough to reload, resume and stop while it streams, and factually correct.

/** About 2,500 words of Markdown that explain how a durable stream works. */
export const longAnswer = `# How a durable stream works

You asked for something long, so here is the story of the very thing that is carrying these words to you. While it goes on, feel free to reload the page, to open it in a second tab, or to pull the plug of your network for a moment. The text should go on where it was, with nothing missing and nothing said twice. By the end you will know why.

## The loop that everybody writes first

Almost every product that shows replies of a language model begins with the same dozen lines. A request comes in. The server asks the model, and the model answers in small pieces, each a few letters long. For every piece the server writes a line to the open response. The browser reads the lines, adds the pieces together, and draws the result. When the model is done, the response is closed.

It is a good loop. It takes an afternoon to write, it works on the first try, and the effect is delightful: instead of staring at a spinner for twenty seconds, a person begins to read after half a second. Reading is slower than most models are, so for the reader the waiting is simply gone.

The trouble with the loop is not in what it does, but in what it assumes. It assumes that one connection lives exactly as long as one reply. The reply is made inside the request, so when the request goes, the reply goes with it. And connections go all the time. A phone moves from the kitchen to the street and changes from one network to another. A laptop lid is closed. A tunnel begins. A proxy in the middle decides that a minute is long enough for anybody. Somebody deploys a new version of the server. Somebody presses the reload button because the page looked odd.

In each of these cases the loop does the worst possible thing: it forgets. The words that were already paid for are gone, the model is often still talking to nobody, and the person is left with half a sentence and a button that says *try again*. Trying again does not continue the reply. It asks the question once more, pays for it once more, and gets another reply, which begins differently.

## The connection is not the reply

The way out is to notice that two things were mixed up. There is the reply, which is something that happens once and has a beginning and an end. And there is the connection, which is merely a way to look at it. If the two are taken apart, most of the problems above stop being problems.

So a durable stream begins with a place. Before the model is asked anything, a record is made with a name of its own. The generation, which is the work of asking the model and keeping what it says, belongs to the server and not to any request. It appends each piece to the record. Whoever wants to read opens a connection, says which record is wanted and how much of it has been seen already, gets what lies behind that point, and then gets whatever comes, as it comes.

A ship is a fair picture. The ship is the connection: it comes, it goes, it may even sink. The wake is the reply: it stays on the water behind the ship, and anybody who arrives later can still see where it has been. In French that wake is called *sillage*.

Once the picture is clear, many features fall out of it without further effort:

- **Reloading** is opening a new connection and asking for everything from the start.
- **A dropped network** is opening a new connection and asking for what lies behind the last thing seen.
- **A second tab** or a second device is just another reader of the same record.
- **A slow reader** delays nobody, because nobody waits for it; it takes what has gathered whenever it is ready.
- **Leaving** is not stopping. Closing the page says nothing about the reply, so it goes on, and it is complete when you come back.

That last point deserves a second look, because the old loop had it the other way round. There, closing the page was the only way to stop. Here, stopping is a wish of its own that a person expresses by pressing a button, and it has to reach the generation wherever it runs. It is more work, but it means that both things can be said, and that they can be told apart.

## Where was I?

A reader that comes back must be able to say how far it got. It is tempting to count the pieces: I have seen forty-one of them, give me the forty-second. That works until somebody merges two pieces into one for the sake of speed, or cuts a large one in two because a buffer was full. Then the forty-second piece means something else than it meant before, and the reader either misses a word or gets one twice.

A better measure is the text itself. If the place in a stream is simply the number of characters before it, then it does not matter at all how the text was cut on its way. Forty-one small pieces and one large one that hold the same letters lead to the same place. A replay may therefore be a handful of large pieces, even though the original came as thousands of small ones. A reader that fell behind may get its backlog in one go. And there is a beautiful side effect: the reader can check the arithmetic. If it was at place one hundred, and a piece of seven characters arrives that claims to end at one hundred and seven, all is well. If it claims to end at one hundred and nine, two characters are missing, and the reader *knows* it instead of showing a subtly wrong text.

Such a number is called an offset. The standard for server-sent events has a place for it: every event may carry an \`id\`, and a browser that reconnects sends the last one it saw in a header called \`Last-Event-ID\`. The designers of that standard thought of resuming many years ago. It is just that a server must keep something for the header to point at.

There is one small trap in counting characters. Text in JavaScript is made of units of sixteen bits, and some characters, such as most emoji, take two of them. Cut between the two and each half is meaningless: it cannot even be written in UTF-8. Models do not think in characters either; they think in tokens, and one emoji may well be spread over several. So a stream that promises exactness has to hold back a lonely first half until the second one has come. It is a detail of the kind that nobody notices while it works.

## First keep, then show

Now to the order of things. A piece has arrived from the model. It has to be stored, and it has to be shown. Which comes first?

Showing first is faster by a few thousandths of a second. But imagine that the server dies in between. A person has read a sentence, perhaps has even copied it. The server comes back, looks into its record, and the sentence is not there. Whatever it does next will contradict what was seen. Resuming is impossible, because the reader claims to have seen more than there is.

So the order is fixed: first keep, then show. An event is delivered only after it would survive the death of the process. It is the same rule that databases follow with their journals, and for the same reason. A promise may only be made about something that has been written down.

The obvious objection is cost. A model may say a hundred pieces a second, and a busy server carries hundreds of replies. To force each piece to disk by itself would be slow indeed. The answer is just as old as the rule, and it is called *group commit*. Instead of one write for each piece, the server gathers everything that has come within a few milliseconds, of all replies together, and writes it down at once. The price is then shared by everything in the group. If little is going on, a piece waits hardly at all. If a great deal is going on, the groups become larger and each piece becomes cheaper. The delay stays so small that no human being can notice it: a frame on an ordinary screen takes sixteen milliseconds, and the group is closed long before.

## The end is an event

The next question sounds trivial: how does a reader know that the reply is over? In the first loop the answer was that the connection closes. But a connection also closes when a proxy gives up, when a process dies, and when a cable is pulled. From the outside these all look alike. A reader that takes the end of a connection for the end of a reply will now and then show half an answer as if it were a whole one. With a recipe for a cake that is a pity. With a dose of medicine it is worse.

So the end is an event like any other, the last one, and there is exactly one of it. It says why: the model had said what it wanted to say; or it reached the limit of its length; or a filter of the provider stepped in; or a person pressed stop; or something went wrong. If a connection closes and no such event was seen, then the reply is *not* over as far as the reader knows, and the reader does the only sensible thing: it connects again and asks for the rest.

But what if the process that was generating the reply has died? Then there is nobody left who could write the end. It would be cruel to let readers wait forever. So somebody else has to do it. When the server starts again, it looks for streams without an end, and gives each of them one that says *interrupted*. What came before is kept. It is not a happy end, but it is an honest one, and the page can offer to ask again.

## Who may write?

As soon as more than one process is involved, a subtle danger appears. Suppose a server seems to be dead. It does not answer, so another one takes over its streams and ends them as interrupted. A moment later the first one wakes up. It was not dead at all; it had merely been frozen for a while, as happens to virtual machines. It still believes that it owns the stream, and happily appends the next sentence *behind the end*.

Clocks and timeouts cannot prevent this, since a frozen process does not know that time has passed. What helps is a number, commonly called a fencing token. Each owner of a stream gets a number that is higher than that of the owner before. With every write it shows its number, and the store refuses every write whose number is not the newest. When the sleeper wakes and tries to write, the store says no, and the sleeper learns that it has been replaced. No trust is necessary, and no clock.

## Doing it twice is doing it once

There is one more moment in which a network can play a trick: the very beginning. The page sends the question, and the connection breaks before any answer comes back. Did the server get it? There is no way to tell from the outside. If the page does nothing, the question may be lost. If the page sends it again, it may be asked twice, paid for twice, and stored twice.

The remedy is to let the page choose a name for its wish before sending it. The name is a random value, called an idempotency key. The first request with that name starts a stream; every further one with the same name finds the stream that exists already and reads it. Now the page may repeat itself as often as it likes. Sending twice has become the same as sending once, which is exactly what a person means who presses a button on a train.

The same trick solves a riddle about stopping. What if somebody presses stop so quickly that the page does not know the stream's name yet? Then the page repeats the start with the same key, learns the name that way, and stops that stream. No special case is needed on the server at all.

## What the reader does

So far most of the work was the server's. The page has duties as well, though they are modest.

It must treat every closed connection as a loss until it has seen the end. It must wait a little between attempts, and longer each time, with a bit of randomness added, so that ten thousand pages do not all come back in the same instant after an outage. It should try at once when the network is known to be back, or when the tab becomes visible again. It must notice silence, too: a connection may look open and be dead, which is common on mobile networks. That is what heartbeats are for. Every few seconds the server sends a comment that means nothing, and if even that fails to come, the page knows that nobody is at the other end.

And it should draw with restraint. A model may send two hundred pieces a second, but a screen shows sixty pictures in the same time. To draw more often than the screen can show is a waste of battery. So the page collects whatever has come, and draws it once a frame.

## How to check that it is true

Claims such as *never loses a word* are cheap. The good thing about this design is that it can be tested without mercy. Take any text, with emoji and accents and stray control characters. Cut it into pieces in any way. Cut the bytes of the connection in any other way. Let the reader lose its connection at any point, as many times as you like. Kill the server in the middle, without warning. Then compare what the reader has with what the record holds. In every case the one must be a beginning of the other, and once the end was seen, the two must be equal.

A computer can try thousands of such cases in a minute, and when it finds one that fails, it can look for the smallest case that still fails. That is how most of the details above were learned by the people who learned them: the emoji that was cut in two, the line end that was split between two reads, the process that woke up too late.

## In one breath

Keep the reply apart from the connection. Write it down before you show it. Measure places by the text itself. Make the end an event that says why. Let only the newest owner write. Let a wish have a name, so that it can be repeated. Let leaving be leaving, and let stop mean stop.

None of these ideas is new. Journals, offsets, fencing and idempotency keys have served databases and message systems for decades. What is new is only that a conversation with a machine has become something that people care about while it is happening, on small devices, in moving trains, and that it has become worth the trouble not to lose it.

If you have reloaded this page while reading, you have seen all of it at work. And if you have not: now would be a good moment, because this is the end.`;
