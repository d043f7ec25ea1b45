// The configuration that a page needs before its first chat request.
import { Inject, Injectable } from '@nestjs/common';
import { type ConfigResponse, limits } from '@sillage/protocol';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';

@Injectable()
export class PublicConfigService {
  readonly response: ConfigResponse;

  constructor(@Inject(CHAT_OPTIONS) { models, defaultModel, isDemo, maxTemperature, systemPromptLength }: ChatOptions) {
    const { messageLength, historyTurns, historyTurnLength } = limits;
    this.response = {
      models,
      defaultModel,
      demo: isDemo,
      limits: { messageLength, historyTurns, historyTurnLength, maxTemperature, systemPromptLength },
    };
  }
}
