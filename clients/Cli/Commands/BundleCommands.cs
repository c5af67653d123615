using System.CommandLine;
using LifelongApi.Cli.Output;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong export</c> and <c>lifelong import</c>: a model as one file.</summary>
internal static class BundleCommands
{
    internal static Command Export(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "The model" };
        var target = new Option<string>("--out", "-o") { Description = "File to write; it must not exist", Required = true };
        var version = new Option<int?>("--model-version") { Description = "A stored version instead of the present position" };
        var withoutEncoder = new Option<bool>("--without-encoder") { Description = "Leave the file of the model's encoder out; it has to be uploaded where the bundle is imported" };
        var withoutProbes = new Option<bool>("--without-probes") { Description = "Leave the probe sets of the model's stream out: rows of data" };
        var command = new Command("export", "Write a model as one file: spec, state, event ids, statistics, names, encoder, probe sets") { model, target, version, withoutEncoder, withoutProbes };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var path = parse.GetRequiredValue(target);

            // Under its own name only once it is whole.
            var part = path + ".part";
            try
            {
                if (File.Exists(path))
                {
                    throw new CliException($"'{path}' exists; give another name with --out.");
                }

                await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write))
                {
                    await client.ExportAsync(parse.GetRequiredValue(model), file, parse.GetValue(version), !parse.GetValue(withoutEncoder), !parse.GetValue(withoutProbes), cancellationToken);
                }

                File.Move(part, path, overwrite: false);
            }
            catch (UnauthorizedAccessException reason)
            {
                throw new CliException($"'{path}' cannot be written: {reason.Message}");
            }
            finally
            {
                File.Delete(part);
            }

            Console.WriteLine(FormattableString.Invariant($"{path}: {new FileInfo(path).Length} bytes"));
            return CommandActions.Done;
        });
        return command;
    }

    internal static Command Import(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "Name of the new model" };
        var source = new Argument<string>("file") { Description = "A file that export wrote" };
        var json = new Option<bool>("--json") { Description = "Print the model as JSON" };
        var command = new Command("import", "Make a new model from a file that export wrote") { model, source, json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var path = parse.GetRequiredValue(source);
            if (!File.Exists(path))
            {
                throw new CliException($"There is no file '{path}'.");
            }

            await using var file = File.OpenRead(path);
            var info = await client.ImportAsync(parse.GetRequiredValue(model), file, cancellationToken);
            await (parse.GetValue(json)
                ? JsonOutput.WriteAsync(info)
                : Console.Out.WriteLineAsync(FormattableString.Invariant($"{info.Name}: position {info.Lineage}:{info.Sequence}, {info.Classes.Count} classes, {info.StateHash}")));
            return CommandActions.Done;
        });
        return command;
    }
}
