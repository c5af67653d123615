using LifelongApi.Contracts.Models;
using LifelongApi.Onnx.Files;

namespace LifelongApi.Onnx.Runtime;

/// <summary>Finds the gaps of a request's encoder and fills them from the file.</summary>
public static class EncoderPlan
{
    private const int MostFeatures = 1 << 20;

    /// <summary>Fills in what the request leaves out: tensor, shape and type.</summary>
    /// <param name="file">The encoder's file.</param>
    /// <param name="asked">The request.</param>
    /// <param name="hash">Hash of the file, <c>sha256:</c> and 64 digits.</param>
    /// <returns>The complete form.</returns>
    /// <exception cref="OnnxRefusedException">The request does not fit the file; the message names the field.</exception>
    public static EncoderSpec Fill(OnnxFile file, EncoderSpec asked, string hash)
    {
        var features = asked.Features ?? file.Outputs[0].Name;
        if (!file.Has(features))
        {
            throw new OnnxRefusedException($"features: the encoder has no tensor '{features}'. Its outputs are {string.Join(", ", file.Outputs.Select(output => $"'{output.Name}'").Take(8))}; GET /v1/admin/encoders/{asked.Name} lists every tensor.");
        }

        return asked with { Hash = hash, Features = features, Type = file.Input.Type, Shape = Shape(file.Input, asked.Shape) };
    }

    /// <summary>Checks what a trial gave.</summary>
    /// <param name="spec">The complete form.</param>
    /// <param name="count">Numbers that the tensor has for one example.</param>
    /// <exception cref="OnnxRefusedException">Nothing can learn from so many, or from none.</exception>
    public static void CheckFeatures(EncoderSpec spec, int count)
    {
        if (count is < 1 or > MostFeatures)
        {
            throw new OnnxRefusedException(FormattableString.Invariant($"features: tensor '{spec.Features}' has {count} numbers an example; 1 to {MostFeatures} can be learned from. Choose another tensor, further on in the graph."));
        }
    }

    private static IReadOnlyList<int> Shape(OnnxTensor input, IReadOnlyList<int>? asked)
    {
        var declared = input.ExampleShape;
        var text = $"[{string.Join(", ", declared.Select(size => size < 0 ? "?" : FormattableString.Invariant($"{size}")))}]";
        if (asked is null)
        {
            return declared.All(size => size > 0) && declared.Count > 0
                ? declared
                : throw new OnnxRefusedException($"shape: the file leaves sizes of input '{input.Name}' open ({text} without the batch); give all of them.");
        }

        return asked.Count == declared.Count && asked.Zip(declared).All(pair => pair.First > 0 && (pair.Second < 0 || pair.First == pair.Second))
            ? asked
            : throw new OnnxRefusedException($"shape: [{string.Join(", ", asked)}] does not fit input '{input.Name}', which is {text} without the batch.");
    }
}
