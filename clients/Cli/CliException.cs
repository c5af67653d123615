namespace LifelongApi.Cli;

/// <summary>A failure whose message is all that the user needs: a wrong option, a file that cannot be read as asked.</summary>
internal sealed class CliException(string message) : Exception(message);
