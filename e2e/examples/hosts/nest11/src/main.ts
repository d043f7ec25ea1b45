// A CommonJS application, as `nest new` of Nest 11 makes it.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AiChatModule } from '@sillage/server';

@Module({
  imports: [
    AiChatModule.forRoot({
      ai: { apiKey: 'key', apiUrl: process.env.PROVIDER_URL, model: 'gpt-4o', titles: false },
      storage: { memory: true },
      auth: { jwtSecret: process.env.HOST_SECRET },
    }),
  ],
})
class AppModule {}

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  await app.listen(Number(process.env.PORT), '127.0.0.1');
}
void bootstrap();
