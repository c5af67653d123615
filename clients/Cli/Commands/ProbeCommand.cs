using System.Buffers;
using System.CommandLine;
using System.Globalization;
using LifelongApi.Cli.Output;
using LifelongApi.Cli.Rows;
using LifelongApi.Contracts.Streams;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong probe</c>: uploads a labelled file as the probe set of a task, or deletes it.</summary>
internal static class ProbeCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var stream = new Argument<string>("stream") { Description = "The stream: the model that leads it" };
        var task = new Argument<string>("name") { Description = "The task, which need not have begun" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on the last line and nothing else" };
        var command = new Command("probe", "Upload labelled rows that show how well a task is known after each task (see metrics). They are never learned. Of a file with a task column the rows of the task are taken.")
        {
            stream, task, json,
        };
        var files = new RowOptions();
        files.AddTo(command);
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse, TimeSpan.FromSeconds(30));
            var (streamName, taskName) = (parse.GetRequiredValue(stream), parse.GetRequiredValue(task));
            await using var rows = await files.OpenAsync(parse, cancellationToken);
            RowOptions.Fit(rows, await client.GetModelAsync(streamName, cancellationToken));
            await rows.SkipAsync(files.Skip(parse), cancellationToken);
            var body = await WriteAsync(rows, taskName, files.Limit(parse), cancellationToken);
            Tell(await client.PutProbeJsonAsync(streamName, taskName, body, cancellationToken), parse.GetValue(json));
            return CommandActions.Done;
        });
        command.Subcommands.Add(Delete(connection));
        return command;
    }

    private static Command Delete(ConnectionOptions connection)
    {
        var stream = new Argument<string>("stream") { Description = "The stream" };
        var task = new Argument<string>("name") { Description = "The task" };
        var command = new Command("delete", "Delete the probe set of a task") { stream, task };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            await client.DeleteProbeAsync(parse.GetRequiredValue(stream), parse.GetRequiredValue(task), cancellationToken);
            Console.WriteLine($"the probe set of {parse.GetRequiredValue(task)} is deleted");
            return CommandActions.Done;
        });
        return command;
    }

    private static async Task<ReadOnlyMemory<byte>> WriteAsync(RowReader rows, string task, long limit, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        buffer.Write("{\"rows\":["u8);
        var count = 0L;
        while (count < limit && await rows.ReadAsync(cancellationToken))
        {
            if (rows.Error is { } error)
            {
                throw new CliException($"Row {rows.Number} {error}; nothing was uploaded.");
            }

            if (rows.Task is { } other && other != task)
            {
                continue;
            }

            if (rows.Label is null && rows.Target is null)
            {
                throw new CliException($"Row {rows.Number} has no label; nothing was uploaded. Name its column with --label or --target.");
            }

            buffer.Write(count++ == 0 ? ""u8 : ","u8);

            // The id says where a row is from; a probe set keeps none.
            rows.WriteEvent(buffer, string.Create(CultureInfo.InvariantCulture, $"row-{rows.Number}"));
        }

        buffer.Write("]}"u8);
        return count > 0 ? buffer.WrittenMemory : throw new CliException($"The file has no rows of task '{task}'; nothing was uploaded.");
    }

    private static void Tell(ProbeInfo probe, bool asJson)
    {
        Console.WriteLine(asJson
            ? System.Text.Json.JsonSerializer.Serialize(probe, Contracts.ContractJson.Options)
            : string.Create(CultureInfo.InvariantCulture, $"{probe.Stream}: {probe.RowCount} rows are the probe set of {probe.Task}"));
    }
}
