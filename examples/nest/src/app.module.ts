import { Module } from '@nestjs/common';
import { AiChatModule } from '@sillage/server';

@Module({
  imports: [
    AiChatModule.forRoot({
      ai: { apiKey: process.env.OPENAI_API_KEY, model: 'gpt-4o' },
      auth: { resolveUser: () => ({ id: 'ada' }) }, // to try it out: every user is Ada
    }),
  ],
})
export class AppModule {}
