namespace LifelongApi.Contracts.Models;

/// <summary>
/// An uploaded ONNX encoder in front of a model. Events carry the numbers of its input tensor, x = (number · scale − mean[c]) / deviation[c] goes in,
/// and the tensor <see cref="Features"/> comes out and is what the model learns from. What is left out is filled in when the model is created.
/// </summary>
public sealed record EncoderSpec
{
    /// <summary>What hashes begin with.</summary>
    public const string HashPrefix = "sha256:";

    /// <summary>Name of the encoder, or <c>sha256:</c> and the hash of its file.</summary>
    public required string Name { get; init; }

    /// <summary>Hash of the file: <c>sha256:</c> and 64 hexadecimal digits. Filled in; where given, it must be the one of <c>name</c>.</summary>
    public string? Hash { get; init; }

    /// <summary>The tensor to learn from: a named output, or a tensor inside the graph, which need not be an output. Default: the first output.</summary>
    public string? Features { get; init; }

    /// <summary>Shape of the input tensor of one example, without the batch. Given where the file leaves sizes open; else filled in.</summary>
    public IReadOnlyList<int>? Shape { get; init; }

    /// <summary>Type of the input tensor. Filled in.</summary>
    public TensorType? Type { get; init; }

    /// <summary>Order in which events carry the numbers of an image. Default <c>asFile</c>.</summary>
    public PixelOrder? Pixels { get; init; }

    /// <summary>Factor of every number, e.g. 0.003921569 for pixels 0 … 255 where the encoder wants 0 … 1. Default 1.</summary>
    public float? Scale { get; init; }

    /// <summary>Subtracted after scaling: one number, or one a channel. Default 0.</summary>
    public IReadOnlyList<float>? Mean { get; init; }

    /// <summary>Divides after the mean was subtracted: one number above 0, or one a channel. Default 1.</summary>
    public IReadOnlyList<float>? Deviation { get; init; }

    /// <summary>Whether the journal keeps the input beside the encoder's output. Default true; false saves space, and the events can then never be replayed through another encoder.</summary>
    public bool? KeepInput { get; init; }
}

#pragma warning disable CA1720 // They are named as ONNX names them.
/// <summary>Types of input tensors that encoders may want. Events carry numbers, which are converted.</summary>
public enum TensorType
{
    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>16-bit floating point.</summary>
    Float16,

    /// <summary>64-bit floating point.</summary>
    Float64,

    /// <summary>Whole numbers 0 … 255.</summary>
    Uint8,

    /// <summary>Whole numbers of 32 bits.</summary>
    Int32,

    /// <summary>Whole numbers of 64 bits.</summary>
    Int64,
}
#pragma warning restore CA1720

/// <summary>Orders of the numbers of an image.</summary>
public enum PixelOrder
{
    /// <summary>As the tensor has them, row-major; for most image files channel by channel.</summary>
    AsFile,

    /// <summary>Pixel by pixel with its channels beside each other, for a tensor of shape [channels, height, width].</summary>
    ChannelsLast,
}
