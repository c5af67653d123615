namespace LifelongApi.Onnx.Runtime;

/// <summary>Bounds of what encoders may use.</summary>
public sealed record EncoderOptions
{
    /// <summary>Memory of all inferences together, in bytes; an inference that wants more fails. At most 4 GiB − 1. The first session of a process fixes it.</summary>
    public uint MemoryBytes { get; init; } = 2u << 30;

    /// <summary>Longest inference; what takes longer is stopped.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
