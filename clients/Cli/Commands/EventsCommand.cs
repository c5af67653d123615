using System.CommandLine;
using System.Globalization;
using LifelongApi.Cli.Output;
using LifelongApi.Contracts.Events;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong events</c>: tells what happens to a model.</summary>
internal static class EventsCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "The model" };
        var types = new Option<ModelEventType[]>("--types") { Description = "What to tell: learned, drift, modulators, task, growth, sleep, version, restored [default: everything]", AllowMultipleArgumentsPerToken = true };
        var after = new Option<long?>("--after") { Description = "Sequence after which to begin, 0 for everything [default: from now on]" };
        var count = new Option<int?>("--count") { Description = "Events to tell [default: until Ctrl-C]" };
        var json = new Option<bool>("--json") { Description = "Print JSON, one line per event" };
        var command = new Command("events", "Tell what happens to a model, until Ctrl-C") { model, types, after, count, json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse, TimeSpan.FromSeconds(30));
            var left = parse.GetValue(count) ?? int.MaxValue;
            try
            {
                await foreach (var told in client.ListenAsync(parse.GetRequiredValue(model), parse.GetValue(after), parse.GetValue(types), cancellationToken))
                {
                    await (parse.GetValue(json) ? JsonOutput.WriteAsync(told) : Console.Out.WriteLineAsync(Describe(told)));
                    if (--left <= 0)
                    {
                        break;
                    }
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Ctrl-C is how listening ends.
                return CommandActions.Done;
            }

            return CommandActions.Done;
        });
        return command;
    }

    private static string Describe(ModelEvent told)
    {
        var what = told.Type switch
        {
            ModelEventType.Learned => string.Create(CultureInfo.InvariantCulture, $"{told.Kind} {told.EventId}: {PredictionText.Describe(told.Prediction)}, loss {told.Loss:G4}"),
            ModelEventType.Drift => string.Join(", ", told.Detectors ?? []),
            ModelEventType.Modulators => string.Join(", ", (told.Levels ?? new Dictionary<string, float>()).Select(level => string.Create(CultureInfo.InvariantCulture, $"{level.Key} {level.Value:F2}"))),
            ModelEventType.Task => $"{told.Task} {told.Change} ({told.Cause})",
            ModelEventType.Growth => string.Create(CultureInfo.InvariantCulture, $"room for {told.Classes} classes"),
            ModelEventType.Version => string.Create(CultureInfo.InvariantCulture, $"{told.Version} ({told.Cause}) at {told.Position}"),
            ModelEventType.Restored => string.Create(CultureInfo.InvariantCulture, $"to version {told.Version}, now at {told.Position}"),
            ModelEventType.Dropped => string.Create(CultureInfo.InvariantCulture, $"{told.Count} events from {told.From} on"),
            _ => told.Cause ?? string.Empty,
        };
        return string.Create(CultureInfo.InvariantCulture, $"{told.Sequence} {told.Type.ToString().ToLowerInvariant()} {what}");
    }
}
