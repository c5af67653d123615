namespace LifelongApi.Onnx;

/// <summary>An ONNX file that cannot serve as an encoder; the message says why and what would.</summary>
/// <param name="message">Why, and what to do.</param>
/// <param name="inner">What the runtime said, or null.</param>
public sealed class OnnxRefusedException(string message, Exception? inner = null) : Exception(message, inner);
