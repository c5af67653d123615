namespace LifelongApi.Api.Configuration;

/// <summary>The service refuses to start; the message says why and what to change. Printed without a stack trace.</summary>
/// <param name="message">Why, and what to change.</param>
/// <param name="inner">Cause, or null.</param>
internal sealed class StartupRefusedException(string message, Exception? inner = null) : Exception(message, inner);
