/** Where the steps of a start are told; any pino logger will do. */
export interface StartupLog {
  info(message: string): void;
  warn(message: string): void;
}
