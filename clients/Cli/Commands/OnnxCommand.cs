using System.CommandLine;
using System.Globalization;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong onnx</c>: writes the forward pass of a model as an ONNX file.</summary>
internal static class OnnxCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "The model" };
        var file = new Argument<string>("file") { Description = "The ONNX file to write" };
        var command = new Command("onnx", "Write the model as it stands, encoder included, as one ONNX file. It predicts what the service predicts, and does not learn") { model, file };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var bytes = await client.ExportOnnxAsync(parse.GetRequiredValue(model), cancellationToken);
            await File.WriteAllBytesAsync(parse.GetRequiredValue(file), bytes, cancellationToken);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{parse.GetRequiredValue(file)}: {bytes.Length:N0} bytes"));
            return CommandActions.Done;
        });
        return command;
    }
}
