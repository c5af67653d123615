namespace LifelongApi.Onnx;

/// <summary>An input that an encoder cannot take, or for which it gives nothing that can be learned from.</summary>
/// <param name="message">Why, and what to do.</param>
/// <param name="index">The number that is wrong; −1: none alone.</param>
/// <param name="inner">What the runtime said, or null.</param>
public sealed class EncoderInputException(string message, int index = -1, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The number that is wrong; −1: none alone.</summary>
    public int Index { get; } = index;
}
