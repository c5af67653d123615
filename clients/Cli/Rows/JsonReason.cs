namespace LifelongApi.Cli.Rows;

/// <summary>What a JSON reader has against a text, without the place that it appends: it counts within one row or argument, which nobody sees as a file.</summary>
internal static class JsonReason
{
    private static readonly string[] Places = [" Path: ", " LineNumber: "];

    internal static string Of(Exception exception)
    {
        var message = exception.Message;
        foreach (var place in Places)
        {
            var at = message.IndexOf(place, StringComparison.Ordinal);
            message = at < 0 ? message : message[..at];
        }

        return message;
    }
}
