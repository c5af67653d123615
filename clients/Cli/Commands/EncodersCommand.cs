using System.CommandLine;
using System.Globalization;
using LifelongApi.Cli.Output;
using LifelongApi.Contracts.Admin;
using Spectre.Console;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong encoders</c>: uploads, lists, shows and deletes the ONNX files that models stand behind.</summary>
internal static class EncodersCommand
{
    internal static Command Create(ConnectionOptions connection) => new("encoders", "ONNX files that models stand behind")
    {
        Upload(connection), List(connection), Show(connection), Delete(connection),
    };

    private static Command Upload(ConnectionOptions connection)
    {
        var name = new Argument<string>("name") { Description = "Its name" };
        var file = new Argument<string>("file") { Description = "The ONNX file" };
        var json = Json();
        var command = new Command("upload", "Upload a file; it is inspected and tried first") { name, file, json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var bytes = await File.ReadAllBytesAsync(parse.GetRequiredValue(file), cancellationToken);
            await TellAsync(await client.PutEncoderAsync(parse.GetRequiredValue(name), bytes, cancellationToken), parse.GetValue(json));
            return CommandActions.Done;
        });
        return command;
    }

    private static Command List(ConnectionOptions connection)
    {
        var json = Json();
        var command = new Command("list", "List the encoders") { json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var encoders = new List<EncoderInfo>();
            await foreach (var encoder in client.ListEncodersAsync(cancellationToken))
            {
                encoders.Add(encoder);
            }

            if (parse.GetValue(json))
            {
                await JsonOutput.WriteAsync(encoders);
            }
            else
            {
                AnsiConsole.Write(PlainTable.Of(null, ["name", "input", "outputs", "bytes", "hash"], [.. encoders.Select(Row)]));
            }

            return CommandActions.Done;
        });
        return command;
    }

    private static Command Show(ConnectionOptions connection)
    {
        var name = new Argument<string>("name") { Description = "The encoder" };
        var json = Json();
        var command = new Command("show", "Show an encoder with every tensor that can be learned from") { name, json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var encoder = await client.GetEncoderAsync(parse.GetRequiredValue(name), cancellationToken);
            await TellAsync(encoder, parse.GetValue(json));
            if (!parse.GetValue(json))
            {
                foreach (var tensor in encoder.Tensors)
                {
                    Console.WriteLine($"  {tensor}");
                }
            }

            return CommandActions.Done;
        });
        return command;
    }

    private static Command Delete(ConnectionOptions connection)
    {
        var name = new Argument<string>("name") { Description = "The encoder" };
        var command = new Command("delete", "Delete an encoder that no model stands behind") { name };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            await client.DeleteEncoderAsync(parse.GetRequiredValue(name), cancellationToken);
            Console.WriteLine($"{parse.GetRequiredValue(name)} is deleted");
            return CommandActions.Done;
        });
        return command;
    }

    private static Option<bool> Json() => new("--json") { Description = "Print JSON" };

    private static async Task TellAsync(EncoderInfo encoder, bool asJson)
    {
        if (asJson)
        {
            await JsonOutput.WriteAsync(encoder);
            return;
        }

        Console.WriteLine($"{encoder.Name}: takes {Text(encoder.Input)}, gives {string.Join(", ", encoder.Outputs.Select(Text))}, {encoder.Hash}");
    }

    private static string[] Row(EncoderInfo encoder) =>
        [encoder.Name, Text(encoder.Input), string.Join(", ", encoder.Outputs.Select(Text)), encoder.Bytes.ToString("N0", CultureInfo.InvariantCulture), encoder.Hash];

    private static string Text(EncoderTensor tensor) =>
        $"{tensor.Name} [{string.Join(", ", tensor.Shape.Select(size => size < 0 ? "?" : size.ToString(CultureInfo.InvariantCulture)))}]{(tensor.Type is { } type ? $" {type}" : "")}";
}
