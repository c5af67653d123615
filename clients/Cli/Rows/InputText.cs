using System.Globalization;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Cli.Rows;

/// <summary>The short form of an input on the command line: <c>vector:784</c>, <c>image:28x28</c>, <c>image:32x32x3</c>, <c>sparse:1000</c>, <c>named</c>, <c>encoder:NAME</c>, <c>encoder:NAME:TENSOR</c>.</summary>
internal static class InputText
{
    internal static InputSpec Parse(string text)
    {
        var (kind, size) = text.Split(':', 2) is [var before, var after] ? (before, after) : (text, "");
        if (kind == "encoder" && size.Length > 0)
        {
            // Names of tensors may hold colons, names of encoders do not.
            var parts = size.Split(':', 2);
            return new InputSpec { Kind = InputKind.Vector, Encoder = new EncoderSpec { Name = parts[0], Features = parts.Length > 1 ? parts[1] : null } };
        }

        var numbers = size.Length == 0 ? [] : size.Split('x').Select(Number).ToArray();
        return (kind, numbers) switch
        {
            ("named", []) => new InputSpec { Kind = InputKind.Named },
            ("vector", [{ } length]) => new InputSpec { Kind = InputKind.Vector, Size = length },
            ("sparse", [{ } length]) => new InputSpec { Kind = InputKind.Sparse, Size = length },
            ("image", [{ } height, { } width]) => new InputSpec { Kind = InputKind.Image, Height = height, Width = width },
            ("image", [{ } height, { } width, { } channels]) => new InputSpec { Kind = InputKind.Image, Height = height, Width = width, Channels = channels },
            _ => throw new CliException($"--input '{text}' is none of vector:N, image:HxW, image:HxWxC, sparse:N, named, encoder:NAME, encoder:NAME:TENSOR."),
        };
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
