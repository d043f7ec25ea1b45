// The loop that the document's examples show: Nest, the SDK's own stream, one `res.write` a token, nothing kept.
// Decorators are called as the functions they are, since Node runs this file as it is.
import 'reflect-metadata';
import { Body, Controller, Module, Post, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Response } from 'express';
import OpenAI from 'openai';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { serve, upstreamUrl } from './listening.ts';

const client = new OpenAI({ apiKey: 'none', baseURL: upstreamUrl });

async function* streamChat(messages: ChatCompletionMessageParam[]): AsyncGenerator<string> {
  const stream = await client.chat.completions.create({ model: 'bench', messages, stream: true });
  for await (const chunk of stream) {
    const content = chunk.choices[0]?.delta?.content;
    if (content) yield content;
  }
}

class AiChatController {
  async streamChat(chatRequest: { message: string }, res: Response): Promise<void> {
    res.setHeader('Content-Type', 'text/event-stream');
    res.setHeader('Cache-Control', 'no-cache');
    res.flushHeaders();
    try {
      for await (const chunk of streamChat([{ role: 'user', content: chatRequest.message }])) {
        res.write(`data: ${JSON.stringify({ content: chunk, done: false })}\n\n`);
      }
      res.write(`data: ${JSON.stringify({ done: true })}\n\n`);
    } catch (error) {
      res.write(`data: ${JSON.stringify({ error: (error as Error).message, done: true })}\n\n`);
    }
    res.end();
  }
}

class AppModule {}

const route = Object.getOwnPropertyDescriptor(AiChatController.prototype, 'streamChat') ?? {};
Controller('api/ai-chat')(AiChatController);
Post('stream')(AiChatController.prototype, 'streamChat', route);
Body()(AiChatController.prototype, 'streamChat', 0);
Res()(AiChatController.prototype, 'streamChat', 1);
Module({ controllers: [AiChatController] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
await app.init();
serve(app.getHttpServer());
