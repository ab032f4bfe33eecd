/** A template that cannot be evaluated. The message names the reason and no key of the configuration. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault';
}
